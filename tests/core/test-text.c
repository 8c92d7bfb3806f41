/* SPDX-License-Identifier: MIT */
#include "bitket-text.h"

static const struct
{
  const char *text;
  const char *folded;
} fold_cases[] = {
  { "", "" },
  { "   ", "" },
  { "...", "" },
  { "Anna", "anna" },
  { "  Anna   Maria\t\nLind ", "anna maria lind" },
  { "ÅÄÖÉÜ åäöéü", "aaoeu aaoeu" },
  { "A\xcc\x8a"
    "sa",
    "asa" }, /* decomposed */
  { "Øre Ærlig Straße Đorđe Łukasz", "ore aerlig strasse dorde lukasz" },
  { "Þór Eiðsson Œuvre", "thor eidsson oeuvre" },
  { "STRASSE", "strasse" },
  { "ﬁnal Ｆｕｌｌ", "final full" },
  { "İstanbul ILGAZ ılgaz", "istanbul ilgaz ilgaz" },
  { "O'Brien-Smith", "o brien smith" },
  { "anna.lind@student.liu.se", "anna lind student liu se" },
  { "901129-0799", "901129 0799" },
  { "Kårallen, sal 2", "karallen sal 2" },
  { "Müller\xff", "muller" },
  { "Ðð", "dd" },
  { "ΑΛΕΞΗΣ", "αλεξησ" },
  { "Пётр", "петр" },
  { "Nguyễn Văn Đức", "nguyen van duc" },
  { "हिन्दी", "हिनदी" },
  { "\xf0\x9f\x98\x80 Anna \xf0\x9f\x8e\x89", "anna" },
};

static void
test_fold (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fold_cases); i++)
    {
      g_autofree char *folded = bitket_text_fold (fold_cases[i].text);
      g_autofree char *again = bitket_text_fold (folded);

      g_assert_cmpstr (folded, ==, fold_cases[i].folded);
      g_assert_cmpstr (again, ==, folded);
    }
}

static const struct
{
  const char *text;
  const char *query;
  gboolean matches;
} match_cases[] = {
  { "Alice Andersson", "alice", TRUE },
  { "Alice Andersson", "ALICE", TRUE },
  { "Alice Andersson", "ande", TRUE },
  { "Alice Andersson", "ersson", TRUE },
  { "Alice Andersson", "and ali", TRUE },
  { "Alice Andersson", "alice lind", FALSE },
  { "Bo Boström", "bostrom", TRUE },
  { "Bo Bostrom", "Boström", TRUE },
  { "Bo Boström", "bo bo", TRUE },
  { "Alice Andersson", "", TRUE },
  { "", "", TRUE },
  { "", "a", FALSE },
  { "Jean-Luc", "jean luc", TRUE },
  { "Jean Luc", "Jean-Luc", TRUE },
  { "bobbo123@student.liu.se", "bobbo123", TRUE },
};

static void
test_matches (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (match_cases); i++)
    {
      g_autofree char *text = bitket_text_fold (match_cases[i].text);
      g_autofree char *query = bitket_text_fold (match_cases[i].query);

      g_test_message ("%s in %s", query, text);
      g_assert_cmpint (bitket_text_matches (text, query), ==, match_cases[i].matches);
    }
}

/* Folding twice changes nothing, whatever the text: what is stored folded is found by folded. */
static void
test_fold_is_stable (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);

  for (int i = 0; i < 3000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *folded = NULL;
      g_autofree char *again = NULL;

      for (int j = 0; j < 20; j++)
        {
          gunichar c = (gunichar) g_rand_int_range (rand, 1, j % 2 == 0 ? 0x250 : 0x30000);

          if (g_unichar_validate (c))
            g_string_append_unichar (text, c);
        }
      folded = bitket_text_fold (text->str);
      again = bitket_text_fold (folded);
      g_assert_true (g_utf8_validate (folded, -1, NULL));
      g_assert_cmpstr (again, ==, folded);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/text/fold", test_fold);
  g_test_add_func ("/core/text/matches", test_matches);
  g_test_add_func ("/core/text/fold-is-stable", test_fold_is_stable);
  return g_test_run ();
}
