/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-router.h"

G_BEGIN_DECLS

/**
 * bitket_runner_run:
 * @match: the route that was found; of another method, it is answered 405
 * @db: the worker's connection
 *
 * One request on a worker: negotiation, who asks, may he, the handler in its transaction (begun
 * again up to five times when the database was busy), then the answer made ready to be sent.
 * Returns: (transfer full): never %NULL
 */
BitketReply *bitket_runner_run (BitketRequest *request, const BitketMatch *match, BitketDb *db);
/** bitket_runner_answer: the second half of a request whose answer had to wait for something else:
 * runs @handler alone, in a reading transaction. Returns: (transfer full): never %NULL */
BitketReply *bitket_runner_answer (BitketRequest *request,
                                   const BitketMatch *match,
                                   BitketHandler handler,
                                   BitketDb *db);
/** bitket_runner_finish: adds the headers every answer has and renders it; also for answers that
 * need no worker */
void bitket_runner_finish (const BitketRequest *request, BitketReply *reply);

G_END_DECLS
