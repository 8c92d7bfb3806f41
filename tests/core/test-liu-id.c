/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-liu-id.h"

static const struct
{
  const char *text;
  const char *liu_id; /* NULL: none */
} cases[] = {
  { "astli042", "astli042" },
  { "ASTLI042", "astli042" },
  { "abc12", "abc12" },
  { "abcd123", "abcd123" },
  { "astli042@student.liu.se", "astli042" },
  { "AstLi042@LiU.se", "astli042" },
  { "", NULL },
  { "ab12", NULL },
  { "abcdef12", NULL },
  { "abc1", NULL },
  { "abc1234", NULL },
  { "abc", NULL },
  { "123", NULL },
  { "abc12d", NULL },
  { "1abc12", NULL },
  { " astli042", NULL },
  { "astli042 ", NULL },
  { "astli042@", NULL },
  { "astli042@liu.se.example", NULL },
  { "astli042@xliu.se", NULL },
  { "astli042@isy.liu.se", NULL },
  { "astli042@student.liu.se@liu.se", NULL },
  { "alice.andersson@liu.se", NULL },
  { "@liu.se", NULL },
  { "\xc3\xa5stli042", NULL },
  { "\xff\xff\xff"
    "42",
    NULL },
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      char liu_id[BITKET_LIU_ID_SIZE] = "before";

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      if (bitket_liu_id_parse (cases[i].text, liu_id, &error))
        g_assert_cmpstr (liu_id, ==, cases[i].liu_id);
      else
        {
          g_assert_null (cases[i].liu_id);
          g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
          g_assert_cmpstr (liu_id, ==, "before");
        }
    }
}

static void
test_from_email (void)
{
  char liu_id[BITKET_LIU_ID_SIZE] = "before";

  g_assert_false (bitket_liu_id_from_email ("astli042", liu_id));
  g_assert_false (bitket_liu_id_from_email ("astli042@example.com", liu_id));
  g_assert_false (bitket_liu_id_from_email ("alice.andersson@liu.se", liu_id));
  g_assert_cmpstr (liu_id, ==, "before");
  g_assert_true (bitket_liu_id_from_email ("bobbo123@student.liu.se", liu_id));
  g_assert_cmpstr (liu_id, ==, "bobbo123");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/liu-id/parse", test_parse);
  g_test_add_func ("/core/liu-id/from-email", test_from_email);
  return g_test_run ();
}
