/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-store.h"

G_BEGIN_DECLS

/* A made-up organization to try everything on: an event whose doors are open now, one to come, one
 * that is over, and people with tickets in every state that a ticket can be in. The same seed and
 * time make the same people, tickets and ids; keys, passwords and tokens are always new. */

#define BITKET_SAMPLE_MIN_TICKETS 40
#define BITKET_SAMPLE_MAX_TICKETS 200000

typedef struct
{
  guint32 seed;
  gint64 now_us;   /* when the doors' event begins */
  guint n_tickets; /* in all events together */
} BitketSampleOptions;

typedef struct
{
  char id[BITKET_ID_SIZE];
  char *slug; /* (owned) */
  char *name; /* (owned) */
} BitketSampleEvent;

/* Something that somebody may hold up at a door. */
typedef struct
{
  const char *kind;               /* "valid", "replaced", …: what it is; static */
  char *text;                     /* (owned) what the picture says */
  const BitketSampleEvent *event; /* at whose door */
  char *ownership;                /* (owned) (nullable) likewise below */
  char *name;                     /* of its holder */
  char *ticket_type;              /* its name */
} BitketSampleCode;

typedef struct
{
  GPtrArray *events; /* (owned) (element-type BitketSampleEvent) open, to come, over */
  GPtrArray *codes;  /* (owned) (element-type BitketSampleCode) */
  char *email;       /* (owned) an organizer, who can sign in with the password */
  char *password;    /* (owned) */
  char *token;       /* (owned) the same user's token */
} BitketSample;

/** bitket_sample_make: expects an open WRITE transaction. EXISTS when there is one already, INPUT
 * when the number of tickets does not fit. Returns: (transfer full) */
BitketSample *bitket_sample_make (BitketDb *db, const BitketSampleOptions *options, GError **error);
void bitket_sample_free (BitketSample *sample);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketSample, bitket_sample_free)

/** bitket_sample_write_codes: each code as a picture, NN-kind-name.png, and index.tsv. @directory
 * is made when it is not there */
gboolean
bitket_sample_write_codes (const BitketSample *sample, const char *directory, GError **error);
/** bitket_sample_write_credentials: JSON of mode 0600: how to sign in */
gboolean
bitket_sample_write_credentials (const BitketSample *sample, const char *file, GError **error);

G_END_DECLS
