/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

#include "bitket-db.h"

G_BEGIN_DECLS

/** bitket_counts_message: Returns: (transfer full): the stream's message {"type":"counts","inside",
 * "total","by_type":[{"ticket_type","name","inside","total"}]} */
char *bitket_counts_message (BitketDb *db, const char *event, GError **error);

G_END_DECLS
