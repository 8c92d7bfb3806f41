/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <string.h>

#include "bitket-client-error.h"
#include "bitket-day-chart.h"
#include "bitket-event-item.h"
#include "bitket-json-reader.h"
#include "bitket-records.h"
#include "bitket-sales.h"
#include "bitket-text.h"

#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define NOW_US  (G_GINT64_CONSTANT (1797096600) * G_USEC_PER_SEC)

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = bitket_json_parse (text, -1, &error);

  g_assert_no_error (error);
  return node;
}

static void
test_sales (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node =
      parse ("{\"sold\":348,\"pending\":1,\"refunded\":2,\"utilized\":14,\"remaining\":null,"
             "\"revenue\":\"55595.50\",\"groups\":["
             "{\"key\":\"2026-02-27\",\"label\":\"2026-02-27\",\"count\":3,\"amount\":\"10.00\"},"
             "{\"key\":\"2026-03-02\",\"label\":\"2026-03-02\",\"count\":4,\"amount\":\"0.50\"}]}");
  static const char *const labels[] = { "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02" };
  static const gint64 counts[] = { 3, 0, 0, 4 };
  BitketSales sales;
  g_autoptr (GPtrArray) days = bitket_sales_read (node, &sales, &error);

  g_assert_no_error (error);
  g_assert_cmpint (sales.sold, ==, 348);
  g_assert_cmpint (sales.pending, ==, 1);
  g_assert_cmpint (sales.refunded, ==, 2);
  g_assert_cmpint (sales.utilized, ==, 14);
  g_assert_cmpint (sales.revenue_ore, ==, 5559550);
  /* Days on which nothing was sold are days all the same. */
  g_assert_cmpuint (days->len, ==, G_N_ELEMENTS (labels));
  for (guint i = 0; i < days->len; i++)
    {
      g_assert_cmpstr (bitket_figure_get_label (days->pdata[i]), ==, labels[i]);
      g_assert_cmpint (bitket_figure_get_sold (days->pdata[i]), ==, counts[i]);
    }
  g_assert_cmpint (bitket_figure_get_revenue_ore (days->pdata[3]), ==, 50);
}

static void
test_bad_sales (void)
{
#define TOTALS "\"sold\":1,\"revenue\":\"1.00\""
  static const char *const texts[] = {
    "[]",
    "7",
    "{}",
    "{\"sold\":1,\"groups\":[]}",
    "{\"sold\":-1,\"revenue\":\"1.00\",\"groups\":[]}",
    "{\"sold\":\"1\",\"revenue\":\"1.00\",\"groups\":[]}",
    "{\"sold\":1,\"revenue\":\"a lot\",\"groups\":[]}",
    "{" TOTALS "}",
    "{" TOTALS ",\"groups\":{}}",
    "{" TOTALS ",\"groups\":[7]}",
    "{" TOTALS ",\"groups\":[{\"label\":7}]}",
    "{" TOTALS ",\"groups\":[{\"label\":\"a\",\"count\":-4}]}",
    "{" TOTALS ",\"groups\":[{\"label\":\"a\",\"count\":4,\"amount\":[]}]}",
    "{" TOTALS ",\"pending\":99999999999,\"groups\":[]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = parse (texts[i]);
      BitketSales sales = { .sold = 77 };

      g_test_message ("%s", texts[i]);
      g_assert_null (bitket_sales_read (node, &sales, &error));
      g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER);
      g_assert_cmpint (sales.sold, ==, 77);
    }
}

/* A hostile span does not become a million bars. */
static void
test_endless_days (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node =
      parse ("{" TOTALS ",\"groups\":[{\"label\":\"0001-01-01\",\"count\":1},"
             "{\"label\":\"9999-12-31\",\"count\":1},{\"label\":\"\",\"count\":1}]}");
  BitketSales sales;
  g_autoptr (GPtrArray) days = bitket_sales_read (node, &sales, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (days->len, <, 400);
}

static void
test_types (void)
{
  static const struct
  {
    const char *json;
    gint64 sold;
    gint64 capacity;
  } cases[] = {
    { "{\"name\":\"Party\",\"price\":\"90.00\",\"max_total_quantity\":140,\"quantity\":"
      "{\"sold\":103,\"pending\":0,\"utilized\":5,\"remaining\":37}}",
      103, 140 },
    { "{\"name\":\"Party\",\"price\":\"90.00\",\"max_total_quantity\":null,\"quantity\":"
      "{\"sold\":4}}",
      4, -1 },
    { "{\"name\":\"Party\",\"price\":\"90.00\",\"max_total_quantity\":0,\"quantity\":null}", 0, 0 },
    { "{\"name\":\"Party\",\"price\":\"90.00\"}", 0, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = parse (cases[i].json);
      g_autoptr (BitketRecord) type = bitket_record_new (&bitket_ticket_type_schema);
      g_autoptr (BitketFigure) figure = NULL;

      bitket_record_read_json (type, node, BITKET_RECORD_READ_PARTIAL | BITKET_RECORD_READ_TOLERANT,
                               &error);
      g_assert_no_error (error);
      figure = bitket_sales_figure_from_type (type);
      g_assert_cmpstr (bitket_figure_get_label (figure), ==, "Party");
      g_assert_cmpint (bitket_figure_get_sold (figure), ==, cases[i].sold);
      g_assert_cmpint (bitket_figure_get_capacity (figure), ==, cases[i].capacity);
    }
}

static BitketEventItem *
make_item (const char *name, const char *organization, gint64 starts_us, gint64 ends_us)
{
  g_autoptr (BitketRecord) event = bitket_record_new (&bitket_event_schema);

  bitket_record_set_text (event, "name", name);
  if (starts_us != 0)
    bitket_record_set_int64 (event, "starts", starts_us);
  if (ends_us != 0)
    bitket_record_set_int64 (event, "ends", ends_us);
  return bitket_event_item_new (event, organization, NOW_US);
}

/* In the order in which the sidebar has them. */
static void
test_event_order (void)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (items, make_item ("Running", "A", NOW_US - HOUR_US, NOW_US + HOUR_US));
  g_ptr_array_add (items, make_item ("Soon", "A", NOW_US + HOUR_US, 0));
  g_ptr_array_add (items, make_item ("Later", "A", NOW_US + 90 * HOUR_US, 0));
  g_ptr_array_add (items, make_item ("Later too", "A", NOW_US + 90 * HOUR_US, 0));
  g_ptr_array_add (items, make_item ("Some day", "A", 0, 0));
  g_ptr_array_add (items, make_item ("Yesterday", "A", NOW_US - 24 * HOUR_US, 0));
  g_ptr_array_add (items, make_item ("Last year", "A", NOW_US - 9000 * HOUR_US, 0));
  for (guint i = 0; i < items->len; i++)
    {
      g_assert_cmpint (bitket_event_item_is_past (items->pdata[i]), ==, i >= 5);
      for (guint j = 0; j < items->len; j++)
        {
          int order = bitket_event_item_compare (items->pdata[i], items->pdata[j]);

          g_assert_cmpint ((order > 0) - (order < 0), ==, (i > j) - (i < j));
        }
    }
}

static void
test_event_search (void)
{
  g_autoptr (BitketEventItem) item = make_item ("Luciafesten 2026", "LiTHe Blås", 0, 0);
  static const struct
  {
    const char *query;
    gboolean is_match;
  } cases[] = {
    { "", TRUE }, { "lucia", TRUE }, { "2026 LUCIA", TRUE }, { "blas", TRUE }, { "kravall", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folded = bitket_text_fold (cases[i].query);

      g_assert_cmpint (bitket_event_item_matches (item, folded), ==, cases[i].is_match);
    }
}

static void
test_chart_description (void)
{
  g_autoptr (GListStore) days = g_list_store_new (BITKET_TYPE_FIGURE);
  static const gint64 counts[] = { 3, 12, 5 };
  g_autofree char *none = bitket_day_chart_dup_description (G_LIST_MODEL (days));
  g_autofree char *text = NULL;

  g_assert_cmpstr (none, ==, "Nothing sold yet");
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autofree char *label = g_strdup_printf ("2024-11-%02u", i + 8);
      g_autoptr (BitketFigure) day = bitket_figure_new (label, counts[i], -1, 0);

      g_list_store_append (days, day);
    }
  text = bitket_day_chart_dup_description (G_LIST_MODEL (days));
  g_assert_cmpstr (text, ==,
                   "Sales from 8 November 2024 to 10 November 2024, most of them, 12, on "
                   "9 November 2024");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "Europe/Stockholm", TRUE);
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/sales/read", test_sales);
  g_test_add_func ("/app/sales/bad", test_bad_sales);
  g_test_add_func ("/app/sales/endless-days", test_endless_days);
  g_test_add_func ("/app/sales/types", test_types);
  g_test_add_func ("/app/event-item/order", test_event_order);
  g_test_add_func ("/app/event-item/search", test_event_search);
  g_test_add_func ("/app/day-chart/description", test_chart_description);
  return g_test_run ();
}
