/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-sample.h"

G_BEGIN_DECLS

#define SAMPLE_N_UNIONS       3
#define SAMPLE_MAX_VARIATIONS 2
#define SAMPLE_MAX_CHOICES    5
#define SAMPLE_MAX_TYPES      5
#define SAMPLE_N_EVENTS       3

/* What is for sale, as constant tables. Money in öre. */
typedef struct
{
  const char *name;
  gint64 delta_ore;
} SampleChoice;

typedef struct
{
  const char *name; /* NULL: there is none */
  SampleChoice choices[SAMPLE_MAX_CHOICES];
} SampleVariation;

typedef struct
{
  const char *name;
  const char *description;
  gint64 price_ore;
  gint64 union_delta_ore;  /* for members of a student union; 0: no discount */
  gint64 max_personal;     /* 0: no limit, likewise below */
  guint max_total_percent; /* of the event's tickets */
  guint weight;            /* how often it is bought */
  gboolean is_link_only;   /* only with an access code */
  int conflicts_with;      /* index of another type, or -1 */
  SampleVariation variations[SAMPLE_MAX_VARIATIONS];
} SampleType;

typedef struct
{
  const char *slug; /* the year follows */
  const char *name; /* the year follows */
  int year_offset;
  const char *description;
  const char *venue;
  gint64 starts_offset_us; /* from now */
  gint64 length_us;
  gint64 entry_before_us;
  gint64 sales_length_us; /* how long before the start, or before now, the sales began */
  guint share_percent;    /* of all tickets */
  guint utilized_percent;
  const SampleType *types;
  guint n_types;
} SampleEventSpec;

extern const SampleEventSpec sample_event_specs[SAMPLE_N_EVENTS];
extern const char *const sample_union_names[SAMPLE_N_UNIONS];

/* The same as rows. */
typedef struct
{
  const SampleType *spec;
  char id[BITKET_ID_SIZE];
  char access_code[BITKET_ID_SIZE]; /* "" unless link only */
  char modifiers[SAMPLE_N_UNIONS][BITKET_ID_SIZE];
  char choices[SAMPLE_MAX_VARIATIONS][SAMPLE_MAX_CHOICES][BITKET_ID_SIZE];
  guint max_total; /* 0: no limit */
  guint n_sold;
} SampleTypeRow;

typedef struct
{
  const SampleEventSpec *spec;
  BitketSampleEvent *event; /* (unowned) of the sample */
  gint64 starts_us;
  SampleTypeRow types[SAMPLE_MAX_TYPES];
  guint n_tickets;
  GPtrArray *sold; /* (owned) (element-type SampleTicket) in the order of sale */
} SampleEventRow;

typedef struct
{
  char id[BITKET_ID_SIZE];
  char ownership[BITKET_ID_SIZE];
  const SampleTypeRow *type;
  char *holder; /* (owned) their name */
  BitketTicketCode code;
  gint64 price_ore;
} SampleTicket;

typedef struct
{
  char id[BITKET_ID_SIZE];
  char *name;        /* (owned) */
  int student_union; /* index, or -1 */
} SamplePerson;

typedef struct
{
  BitketDb *db; /* (unowned) */
  GRand *rand;  /* (owned) */
  gint64 now_us;
  char organization[BITKET_ID_SIZE];
  char unions[SAMPLE_N_UNIONS][BITKET_ID_SIZE];
  char conditions[SAMPLE_N_UNIONS][BITKET_ID_SIZE];
  GHashTable *used; /* (owned) addresses and codes that are taken */
  SampleEventRow events[SAMPLE_N_EVENTS];
  guint n_transactions;
  BitketSample *sample; /* (owned) */
} SampleMaker;

/** sample_random_id: a UUID from the seed */
void sample_random_id (SampleMaker *maker, char id[BITKET_ID_SIZE]);
/** sample_random_below: 0 … @end - 1 */
guint sample_random_below (SampleMaker *maker, guint end);
/** sample_insert: gives @record (transfer full) an id from the seed, when it has none, and inserts
 * it. @id: (out) (optional) */
gboolean
sample_insert (SampleMaker *maker, BitketRecord *record, char id[BITKET_ID_SIZE], GError **error);

/** sample_make_catalogue: organization, unions, events, types, discounts, links */
gboolean sample_make_catalogue (SampleMaker *maker, guint n_tickets, GError **error);
/** sample_make_person: somebody new, at random. @person: (out): cleared by sample_person_clear */
gboolean sample_make_person (SampleMaker *maker, SamplePerson *person, GError **error);
void sample_person_clear (SamplePerson *person);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SamplePerson, sample_person_clear)
/** sample_add_user: @password: a hash, "!" for none */
gboolean sample_add_user (SampleMaker *maker,
                          const char *name,
                          const char *email,
                          const char *nin,
                          int student_union,
                          const char *password,
                          char id[BITKET_ID_SIZE],
                          GError **error);
/** sample_sell: all tickets of an event */
gboolean sample_sell (SampleMaker *maker, SampleEventRow *event, GError **error);
gboolean sample_add_transaction (SampleMaker *maker,
                                 const char *kind,
                                 gint64 amount_ore,
                                 gint64 created_us,
                                 const char *const *ownerships,
                                 GError **error);
void sample_ticket_free (gpointer data);
/** sample_make_cases: what may be held up at the doors */
gboolean sample_make_cases (SampleMaker *maker, GError **error);

G_END_DECLS
