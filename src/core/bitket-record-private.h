/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-record.h"

G_BEGIN_DECLS

/* Sets field @index of the schema from JSON that bitket_field_check() passed. */
void bitket_record_take_json (BitketRecord *self, guint index, JsonNode *node);

G_END_DECLS
