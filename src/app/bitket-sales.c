/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-sales.h"

#include "bitket-client-error.h"
#include "bitket-json-reader.h"

#include <string.h>

#define MAX_SILENT_DAYS 366

static BitketFigure *
read_group (BitketJsonReader *reader, GError **error)
{
  const char *label;
  gint64 sold;
  gint64 revenue_ore = 0;

  if (!bitket_json_read_string_or (reader, "label", "", &label, error) ||
      !bitket_json_read_int_or (reader, "count", 0, G_MAXINT32, 0, &sold, error))
    return NULL;
  if (bitket_json_reader_has (reader, "amount") &&
      !bitket_json_read_money (reader, "amount", &revenue_ore, error))
    return NULL;
  return bitket_figure_new (label, sold, -1, revenue_ore);
}

/* The day after @label, or %NULL when that is no ISO date. */
static char *
dup_next_day (const char *label)
{
  g_autofree char *text = g_strconcat (label, "T12:00:00Z", NULL);
  g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (text, NULL);
  g_autoptr (GDateTime) next = date ? g_date_time_add_days (date, 1) : NULL;

  return next ? g_date_time_format (next, "%F") : NULL;
}

/* Days on which nothing was sold are not told, but they are days all the same. */
static void
add_silent_days (GPtrArray *figures, const char *until)
{
  for (guint i = 0; figures->len > 0 && i < MAX_SILENT_DAYS; i++)
    {
      BitketFigure *last = g_ptr_array_index (figures, figures->len - 1);
      g_autofree char *next = dup_next_day (bitket_figure_get_label (last));

      if (next == NULL || strcmp (next, until) >= 0)
        return;
      g_ptr_array_add (figures, bitket_figure_new (next, 0, -1, 0));
    }
}

static gboolean
read_groups (BitketJsonReader *reader, GPtrArray *figures, GError **error)
{
  JsonArray *array;

  if (!bitket_json_read_array (reader, "groups", &array, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_auto (BitketJsonReader) group = { NULL, NULL };
      BitketFigure *figure;

      if (!bitket_json_read_element (reader, "groups", array, i, &group, error))
        return FALSE;
      figure = read_group (&group, error);
      if (figure == NULL)
        return FALSE;
      add_silent_days (figures, bitket_figure_get_label (figure));
      g_ptr_array_add (figures, figure);
    }
  return TRUE;
}

static gboolean
read_totals (BitketJsonReader *reader, BitketSales *sales, GError **error)
{
  return bitket_json_read_int (reader, "sold", 0, G_MAXINT32, &sales->sold, error) &&
         bitket_json_read_int_or (reader, "pending", 0, G_MAXINT32, 0, &sales->pending, error) &&
         bitket_json_read_int_or (reader, "refunded", 0, G_MAXINT32, 0, &sales->refunded, error) &&
         bitket_json_read_int_or (reader, "utilized", 0, G_MAXINT32, 0, &sales->utilized, error) &&
         bitket_json_read_money (reader, "revenue", &sales->revenue_ore, error);
}

GPtrArray *
bitket_sales_read (JsonNode *json, BitketSales *sales, GError **error)
{
  g_autoptr (GPtrArray) figures = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) local_error = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  BitketSales read = { 0 };

  if (json != NULL && bitket_json_reader_init (&reader, json, NULL, &local_error) &&
      read_totals (&reader, &read, &local_error) && read_groups (&reader, figures, &local_error))
    {
      *sales = read;
      return g_steal_pointer (&figures);
    }
  g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
               "cannot read the sales figures: %s",
               local_error ? local_error->message : "the answer is empty");
  return NULL;
}

BitketFigure *
bitket_sales_figure_from_type (BitketRecord *ticket_type)
{
  const char *name = bitket_record_get_text (ticket_type, "name");
  JsonNode *quantity = bitket_record_get_computed (ticket_type, "quantity");
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  gint64 sold = 0;
  gint64 capacity = -1;

  /* Those who are not of the staff are not told: "quantity" is null then. */
  if (quantity != NULL && bitket_json_reader_init (&reader, quantity, "quantity", NULL))
    bitket_json_read_int_or (&reader, "sold", 0, G_MAXINT32, 0, &sold, NULL);
  if (!bitket_record_is_null (ticket_type, "max_total_quantity"))
    capacity = bitket_record_get_int64 (ticket_type, "max_total_quantity");
  return bitket_figure_new (name ? name : "", sold, capacity,
                            sold * bitket_record_get_int64 (ticket_type, "price"));
}
