/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

#include "bitket-figure.h"
#include "bitket-record.h"

G_BEGIN_DECLS

/* What the service tells about an event's sales, read into plain values. */
typedef struct
{
  gint64 sold;
  gint64 pending;
  gint64 refunded;
  gint64 utilized;
  gint64 revenue_ore;
} BitketSales;

/**
 * bitket_sales_read:
 * @json: (nullable): the answer of GET /api/events/ID/sales/?group_by=…
 *
 * Returns: (transfer full) (element-type BitketFigure): its groups in their order, or %NULL with
 * @error; @sales is written only on success
 */
GPtrArray *bitket_sales_read (JsonNode *json, BitketSales *sales, GError **error);
/** bitket_sales_figure_from_type: what a ticket type's "quantity" says. Returns: (transfer full) */
BitketFigure *bitket_sales_figure_from_type (BitketRecord *ticket_type);

G_END_DECLS
