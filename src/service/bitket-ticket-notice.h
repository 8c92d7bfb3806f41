/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/** bitket_ticket_notice_add: the streams of @event hear of an ownership: the feed's row as it is
 * now. @event must have its keys: bitket_event_keys_ensure(). */
gboolean bitket_ticket_notice_add (BitketRequest *request,
                                   BitketDb *db,
                                   const char *event,
                                   const char *ownership,
                                   GError **error);

G_END_DECLS
