/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-sample"

#include "bitket-sample-private.h"

#include "bitket-liu-id.h"
#include "bitket-nin.h"
#include "bitket-records.h"
#include "bitket-text.h"

#include <string.h>

static const char *const first_names[] = {
  "Åsa",      "Örjan",   "Märta",  "Björn",   "Sofie",   "Elin",      "Viktor",  "Linnéa",
  "Oskar",    "Ebba",    "Hugo",   "Maja",    "Alva",    "Nils",      "Tuva",    "Axel",
  "Freja",    "Albin",   "Saga",   "Emil",    "Moa",     "Filip",     "Ida",     "Anton",
  "Klara",    "Simon",   "Agnes",  "Jonatan", "Matilda", "Gustav",    "Hanna",   "Rasmus",
  "Johanna",  "Erik",    "Amanda", "Jakob",   "Lovisa",  "Sebastian", "Felicia", "Daniel",
  "Cornelia", "Henrik",  "Stina",  "Pontus",  "Tilda",   "Marcus",    "Vendela", "Kalle",
  "Signe",    "Mattias", "Ronja",  "Fredrik", "Thea",    "Ludvig",    "Ellen",   "Arvid",
  "Wilma",    "Måns",    "Tove",   "Håkan",   "Annika",  "Göran",     "Svea",    "Josef",
  "Amina",    "Yusuf",   "Leila",  "Amir",    "Zahra",   "Milan",     "Chiara",  "Mateusz",
  "Ngozi",    "Wei",     "Priya",  "Arjun",   "Aino",    "Mikko",     "Ingrid",  "Sölve",
  "Torbjörn", "Kerstin", "Anneli", "Jörgen",  "René",    "Désirée",
};

static const char *const last_names[] = {
  "Åkesson",   "Öberg",      "Ängström",  "Björklund",  "Lindström",  "Sjöberg",    "Nyström",
  "Bergqvist", "Holmgren",   "Söderlund", "Lundgren",   "Hägglund",   "Norén",      "Ekström",
  "Wallin",    "Hedlund",    "Forsberg",  "Engström",   "Dahlgren",   "Sandström",  "Åberg",
  "Fransson",  "Gunnarsson", "Isaksson",  "Jönsson",    "Mårtensson", "Nordin",     "Palmgren",
  "Rydberg",   "Strömberg",  "Törnqvist", "Ulvhed",     "Vinterfors", "Wikström",   "Ågren",
  "Östlund",   "Blomqvist",  "Claesson",  "Dovrell",    "Ekelöf",     "Fältskog",   "Grankvist",
  "Hallberg",  "Ingelsson",  "Järnek",    "Kullander",  "Lövgren",    "Malmsten",   "Näsström",
  "Oxelgren",  "Pilbäck",    "Quist",     "Rosvall",    "Skoglund",   "Tallberg",   "Uddén",
  "Vretman",   "Wennerås",   "Ytterberg", "Zetterlund", "Ärlig",      "Öijer",      "Alm",
  "Brännlund", "Cederstam",  "Dyrhage",   "Eskilsson",  "Fröjd",      "Gyllström",  "Hjortek",
  "Idström",   "Jägmark",    "Kärrman",   "Ljunghed",   "Mörk",       "Nilsdotter", "Oskarsdotter",
  "Pärlbo",    "Rönnkvist",  "Stålhane",  "Hassan",     "Haddad",     "Kowalczyk",  "Nguyen",
  "Okafor",    "Sharma",     "Virtanen",  "García",
};

void
sample_person_clear (SamplePerson *person)
{
  g_clear_pointer (&person->name, g_free);
}

/* Letters a to z of @text's folded form, at most @max of them; too short ones are filled up. */
static char *
dup_letters (const char *text, gsize max)
{
  g_autofree char *folded = bitket_text_fold (text);
  GString *letters = g_string_new (NULL);

  for (const char *c = folded; *c != '\0' && letters->len < max; c++)
    if (g_ascii_islower (*c))
      g_string_append_c (letters, *c);
  while (max < 10 && letters->len < max)
    g_string_append_c (letters, 'x');
  return g_string_free (letters, FALSE);
}

/* As the university makes them: three letters of the first name, two of the last, a number. */
static char *
make_student_address (SampleMaker *maker, const char *first, const char *last)
{
  g_autofree char *head = dup_letters (first, 3);
  g_autofree char *tail = dup_letters (last, 2);

  return g_strdup_printf ("%s%s%03u@student.liu.se", head, tail,
                          sample_random_below (maker, 999) + 1);
}

static char *
make_other_address (SampleMaker *maker, const char *first, const char *last)
{
  g_autofree char *head = dup_letters (first, 30);
  g_autofree char *tail = dup_letters (last, 30);

  return g_strdup_printf ("%s.%s%u@example.com", head, tail, sample_random_below (maker, 1000));
}

static char *
make_unused_address (SampleMaker *maker, const char *first, const char *last, gboolean is_student)
{
  char *address = NULL;

  do
    {
      g_free (address);
      address = is_student ? make_student_address (maker, first, last)
                           : make_other_address (maker, first, last);
    }
  while (!g_hash_table_add (maker->used, g_strdup (address)));
  return address;
}

/* The check digit over nine digits: every other one doubled, digits added up (SKV 704). */
static guint
find_check_digit (const char *nine)
{
  guint sum = 0;

  for (int i = 0; i < 9; i++)
    {
      guint digit = (guint) (nine[i] - '0') * (i % 2 == 0 ? 2 : 1);

      sum += digit / 10 + digit % 10;
    }
  return (10 - sum % 10) % 10;
}

/* Right in form, but nobody's: the numbers 980 to 989 of a day are given to nobody; Skatteverket
 * publishes test numbers of that series. */
static void
make_nin (SampleMaker *maker, char nin[BITKET_NIN_SIZE])
{
  guint year = 1994 + sample_random_below (maker, 14);
  guint month = 1 + sample_random_below (maker, 12);
  guint day = 1 + sample_random_below (maker, 28);

  g_snprintf (nin, BITKET_NIN_SIZE, "%04u%02u%02u98%u0", year, month, day,
              sample_random_below (maker, 10));
  nin[BITKET_NIN_LEN - 1] = (char) ('0' + find_check_digit (nin + 2));
}

static int
pick_union (SampleMaker *maker)
{
  guint lot = sample_random_below (maker, 100);

  if (lot < 55)
    return 0;
  if (lot < 72)
    return 1;
  return lot < 90 ? 2 : -1;
}

gboolean
sample_add_user (SampleMaker *maker,
                 const char *name,
                 const char *email,
                 const char *nin,
                 int student_union,
                 const char *password,
                 char id[BITKET_ID_SIZE],
                 GError **error)
{
  BitketRecord *user = bitket_record_new (&bitket_user_schema);
  char liu_id[BITKET_LIU_ID_SIZE];

  bitket_record_set_text (user, "name", name);
  bitket_record_set_text (user, "email", email);
  bitket_record_set_text (user, "password", password);
  if (nin != NULL)
    bitket_record_set_text (user, "nin", nin);
  if (bitket_liu_id_from_email (email, liu_id))
    bitket_record_set_text (user, "liu_id", liu_id);
  if (student_union >= 0)
    bitket_record_set_text (user, "student_union", maker->unions[student_union]);
  return sample_insert (maker, user, id, error);
}

gboolean
sample_make_person (SampleMaker *maker, SamplePerson *person, GError **error)
{
  const char *first = first_names[sample_random_below (maker, G_N_ELEMENTS (first_names))];
  const char *last = last_names[sample_random_below (maker, G_N_ELEMENTS (last_names))];
  gboolean is_student = sample_random_below (maker, 100) < 78;
  g_autofree char *name = g_strconcat (first, " ", last, NULL);
  g_autofree char *email = make_unused_address (maker, first, last, is_student);
  int student_union = is_student ? pick_union (maker) : -1;
  char nin[BITKET_NIN_SIZE];
  char id[BITKET_ID_SIZE];

  make_nin (maker, nin);
  /* Some never told theirs. */
  if (!sample_add_user (maker, name, email, sample_random_below (maker, 100) < 85 ? nin : NULL,
                        student_union, "!", id, error))
    return FALSE;
  g_strlcpy (person->id, id, sizeof person->id);
  person->name = g_steal_pointer (&name);
  person->student_union = student_union;
  return TRUE;
}
