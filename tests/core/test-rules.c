/* SPDX-License-Identifier: MIT */
#include "bitket-eligibility.h"
#include "bitket-pricing.h"

static const char *const lintek_or_student[] = { "lintek", "student", NULL };
static const char *const lintek_and_early[] = { "lintek", "early", NULL };
static const char *const circle[] = { "circle", NULL };
static const char *const nobody[] = { "missing", NULL };
static const char *const none[] = { NULL };
static const char *const nested[] = { "any", "early", NULL };

static const BitketConditionFacts conditions[] = {
  { "lintek", BITKET_CONDITION_STUDENT_UNION_MEMBER, TRUE, "union-1", NULL, 0, NULL },
  { "off", BITKET_CONDITION_STUDENT_UNION_MEMBER, FALSE, "union-1", NULL, 0, NULL },
  { "student", BITKET_CONDITION_LIU_STUDENT, TRUE, NULL, NULL, 0, NULL },
  { "liu", BITKET_CONDITION_EMAIL_DOMAIN, TRUE, NULL, "liu.se", 0, NULL },
  { "early", BITKET_CONDITION_BEFORE, TRUE, NULL, NULL, 1000, NULL },
  { "any", BITKET_CONDITION_ANY_OF, TRUE, NULL, NULL, 0, lintek_or_student },
  { "all", BITKET_CONDITION_ALL_OF, TRUE, NULL, NULL, 0, lintek_and_early },
  { "circle", BITKET_CONDITION_ANY_OF, TRUE, NULL, NULL, 0, circle },
  { "nobody", BITKET_CONDITION_ANY_OF, TRUE, NULL, NULL, 0, nobody },
  { "empty-any", BITKET_CONDITION_ANY_OF, TRUE, NULL, NULL, 0, none },
  { "empty-all", BITKET_CONDITION_ALL_OF, TRUE, NULL, NULL, 0, none },
  { "no-union", BITKET_CONDITION_STUDENT_UNION_MEMBER, TRUE, NULL, NULL, 0, NULL },
  { "no-domain", BITKET_CONDITION_EMAIL_DOMAIN, TRUE, NULL, "", 0, NULL },
  { "none", BITKET_CONDITION_NONE, TRUE, NULL, NULL, 0, NULL },
  { "nested", BITKET_CONDITION_ALL_OF, TRUE, NULL, NULL, 0, nested },
};

static const BitketPersonFacts member = { "union-1", "astli042@student.liu.se", TRUE };
static const BitketPersonFacts student = { "union-2", "x@student.liu.se", TRUE };
static const BitketPersonFacts guest = { NULL, "guest@evil-liu.se", FALSE };
static const BitketPersonFacts unknown = { NULL, NULL, FALSE };

static void
test_eligibility (void)
{
  const struct
  {
    const char *condition;
    const BitketPersonFacts *person;
    gint64 now_us;
    gboolean is_met;
  } cases[] = {
    { "lintek", &member, 0, TRUE },      { "lintek", &student, 0, FALSE },
    { "lintek", &unknown, 0, FALSE },    { "off", &member, 0, FALSE },
    { "student", &student, 0, TRUE },    { "student", &guest, 0, FALSE },
    { "liu", &member, 0, TRUE },         { "liu", &guest, 0, FALSE },
    { "liu", &unknown, 0, FALSE },       { "early", &guest, 999, TRUE },
    { "early", &guest, 1000, FALSE },    { "any", &student, 0, TRUE },
    { "any", &guest, 0, FALSE },         { "all", &member, 999, TRUE },
    { "all", &member, 1000, FALSE },     { "all", &student, 999, FALSE },
    { "circle", &member, 0, FALSE },     { "nobody", &member, 0, FALSE },
    { "empty-any", &member, 0, FALSE },  { "empty-all", &member, 0, FALSE },
    { "no-union", &unknown, 0, FALSE },  { "no-domain", &guest, 0, FALSE },
    { "none", &member, 0, FALSE },       { "nested", &student, 10, TRUE },
    { "nested", &student, 1000, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const BitketConditionFacts *condition = NULL;

      g_test_message ("%s", cases[i].condition);
      for (gsize c = 0; c < G_N_ELEMENTS (conditions); c++)
        if (g_str_equal (conditions[c].id, cases[i].condition))
          condition = &conditions[c];
      g_assert_cmpint (bitket_eligibility_is_met (condition, conditions, G_N_ELEMENTS (conditions),
                                                  cases[i].person, cases[i].now_us),
                       ==, cases[i].is_met);
    }
}

static void
test_total (void)
{
  const gint64 union_discount[] = { -5000 };
  const gint64 choices[] = { -5000, 7550 };

  g_assert_cmpint (bitket_pricing_total (35000, NULL, 0, NULL, 0), ==, 35000);
  /* The original's recorded purchases: 350 - 50 + 75.50, and the same for a union member. */
  g_assert_cmpint (bitket_pricing_total (35000, NULL, 0, choices, 2), ==, 37550);
  g_assert_cmpint (bitket_pricing_total (35000, union_discount, 1, choices, 2), ==, 32550);
  g_assert_cmpint (bitket_pricing_total (2000, union_discount, 1, NULL, 0), ==, 0);
}

static void
test_availability (void)
{
  const struct
  {
    BitketAvailabilityFacts facts;
    BitketAvailability availability;
  } cases[] = {
    { { TRUE, TRUE, TRUE, FALSE, 0, 0, -1, 0 }, BITKET_AVAILABILITY_AVAILABLE },
    { { FALSE, TRUE, TRUE, FALSE, 0, 0, -1, 0 }, BITKET_AVAILABILITY_UNPUBLISHED },
    { { TRUE, FALSE, TRUE, TRUE, 0, 0, -1, 0 }, BITKET_AVAILABILITY_UNPUBLISHED },
    { { TRUE, TRUE, FALSE, FALSE, 0, 0, -1, 0 }, BITKET_AVAILABILITY_LINK_ONLY },
    { { TRUE, TRUE, FALSE, TRUE, 0, 0, -1, 0 }, BITKET_AVAILABILITY_AVAILABLE },
    { { TRUE, TRUE, TRUE, FALSE, 501, 0, -1, 0 }, BITKET_AVAILABILITY_NOT_OPEN },
    { { TRUE, TRUE, TRUE, FALSE, 500, 0, -1, 0 }, BITKET_AVAILABILITY_AVAILABLE },
    { { TRUE, TRUE, TRUE, FALSE, 0, 500, -1, 0 }, BITKET_AVAILABILITY_CLOSED },
    { { TRUE, TRUE, TRUE, FALSE, 0, 501, -1, 0 }, BITKET_AVAILABILITY_AVAILABLE },
    { { TRUE, TRUE, TRUE, FALSE, 0, 0, 0, 0 }, BITKET_AVAILABILITY_SOLD_OUT },
    { { TRUE, TRUE, TRUE, FALSE, 0, 0, 100, 99 }, BITKET_AVAILABILITY_AVAILABLE },
    { { TRUE, TRUE, TRUE, FALSE, 0, 0, 100, 100 }, BITKET_AVAILABILITY_SOLD_OUT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (bitket_pricing_availability (&cases[i].facts, 500), ==, cases[i].availability);
}

static void
test_condition_names (void)
{
  for (int type = BITKET_CONDITION_NONE; type <= BITKET_CONDITION_ALL_OF; type++)
    g_assert_cmpint (bitket_condition_type_from_string (bitket_condition_type_to_string (type)), ==,
                     type);
  g_assert_cmpint (bitket_condition_type_from_string ("x"), ==, BITKET_CONDITION_NONE);
}

static void
test_lowest (void)
{
  const gint64 modifiers[] = { -5000, 2000, -1000 };
  const gint64 minima[] = { -500, 300 };

  g_assert_cmpint (bitket_pricing_lowest (10000, NULL, 0, NULL, 0), ==, 10000);
  /* Discounts all at once; a surcharge is never the least. */
  g_assert_cmpint (bitket_pricing_lowest (10000, modifiers, 3, NULL, 0), ==, 4000);
  g_assert_cmpint (bitket_pricing_lowest (10000, modifiers, 3, minima, 2), ==, 3800);
  /* Not stopped at zero. */
  g_assert_cmpint (bitket_pricing_lowest (1000, modifiers, 3, minima, 2), ==, -5200);
}

static void
test_parameters (void)
{
  static const struct
  {
    const char *type;
    const char *parameter;
  } cases[] = {
    { "student_union_member", "student_union" },
    { "liu_student", NULL },
    { "email_domain", "domain" },
    { "before", "until" },
    { "any_of", "conditions" },
    { "all_of", "conditions" },
    { "none", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (
        bitket_condition_type_get_parameter (bitket_condition_type_from_string (cases[i].type)), ==,
        cases[i].parameter);
}

#define N_LAYERS 20

/* Layers of conditions, each made of the one below, named @n_times: as deep as it is high, and soon
 * larger than anything that may be evaluated. */
static BitketConditionShape
shape_layers (guint n_layers, guint n_times)
{
  char ids[N_LAYERS + 1][8];
  const char *children[N_LAYERS + 1][4] = { { NULL } };
  BitketConditionFacts all[N_LAYERS + 1] = { { NULL } };

  for (guint i = 0; i <= n_layers; i++)
    {
      g_snprintf (ids[i], sizeof ids[i], "%u", i);
      for (guint k = 0; i < n_layers && k < n_times; k++)
        children[i][k] = ids[i + 1];
      all[i] = (BitketConditionFacts) {
        .id = ids[i], .type = BITKET_CONDITION_ANY_OF, .is_active = TRUE, .children = children[i]
      };
    }
  return bitket_condition_get_shape (&all[0], all, n_layers + 1);
}

static void
test_shape (void)
{
  static const char *const to_b[] = { "b", NULL };
  static const char *const to_a[] = { "lintek", "a", NULL };
  const BitketConditionFacts pair[] = {
    { "a", BITKET_CONDITION_ANY_OF, TRUE, NULL, NULL, 0, to_b },
    { "b", BITKET_CONDITION_ALL_OF, FALSE, NULL, NULL, 0, to_a },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++)
    g_assert_cmpint (
        bitket_condition_get_shape (&conditions[i], conditions, G_N_ELEMENTS (conditions)), ==,
        g_str_equal (conditions[i].id, "circle") ? BITKET_CONDITION_SHAPE_CIRCLE
                                                 : BITKET_CONDITION_SHAPE_SOUND);
  for (gsize i = 0; i < G_N_ELEMENTS (pair); i++)
    g_assert_cmpint (bitket_condition_get_shape (&pair[i], pair, G_N_ELEMENTS (pair)), ==,
                     BITKET_CONDITION_SHAPE_CIRCLE);
  g_assert_cmpint (shape_layers (16, 1), ==, BITKET_CONDITION_SHAPE_SOUND);
  g_assert_cmpint (shape_layers (17, 1), ==, BITKET_CONDITION_SHAPE_TOO_LARGE);
  g_assert_cmpint (shape_layers (5, 2), ==, BITKET_CONDITION_SHAPE_SOUND);
  g_assert_cmpint (shape_layers (6, 2), ==, BITKET_CONDITION_SHAPE_TOO_LARGE);
  g_assert_cmpint (shape_layers (16, 3), ==, BITKET_CONDITION_SHAPE_TOO_LARGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/rules/eligibility", test_eligibility);
  g_test_add_func ("/core/rules/condition-names", test_condition_names);
  g_test_add_func ("/core/rules/total", test_total);
  g_test_add_func ("/core/rules/availability", test_availability);
  g_test_add_func ("/core/rules/lowest", test_lowest);
  g_test_add_func ("/core/rules/parameters", test_parameters);
  g_test_add_func ("/core/rules/shape", test_shape);
  return g_test_run ();
}
