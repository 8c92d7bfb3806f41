/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "bitket-store.h"
#include "bitket-test-support.h"

G_BEGIN_DECLS

/* A real bitketd over real HTTP, with the world of the contract in its database: see
 * tests/contract/data/world.json for who and what is in it. */
typedef struct
{
  char *dir;                  /* (owned) */
  char *uri;                  /* (owned) the database */
  char *url;                  /* (owned) "http://127.0.0.1:…" */
  char *secret_file;          /* (owned) */
  char *config_file;          /* (owned) (nullable) */
  const char *listen;         /* (unowned) (nullable): any port */
  BitketTestProcess *process; /* (owned) (nullable) */
  SoupSession *session;       /* (owned) */
} Bitketd;

#define BITKETD_TEST_SECRET "a key of the tests"

/* Of the world. */
#define WORLD_STAFF   "Token 5e1f1ce5e1f1ce5e1f1ce5e1f1ce5e1f1ce5e1f1"
#define WORLD_ORG     "a9890e3b-2163-5b53-953f-bb37e85dbcb7"
#define WORLD_EVENT   "643ab7d6-1200-5ad3-8aa7-403fb35ead99"
#define WORLD_CONCERT "a9b689fa-d4be-508b-b3ff-2ec1ccfe31c0"
#define WORLD_PARTY   "04f6f349-8821-58a1-a44c-917fa1b7e1c1"
/* Alice's, for the party. */
#define WORLD_OWNERSHIP "88a87ad6-32b5-5458-a4a5-f8cd227b10de"
#define WORLD_TICKET    "59de0324-0b9a-5e83-be84-4ae8fbe2e341"
#define WORLD_CODE      "a1b2c3"
/* Carol's: sold on, and used. */
#define WORLD_RESOLD "a45173d9-78bf-513a-af67-3de87840ff61"
#define WORLD_USED   "9f316eb9-853f-5f42-86c6-741e571e9507"

typedef void (*BitketdTest) (Bitketd *bitketd);
/** bitketd_test_add: "/sqlite/@path" and "/postgresql/@path", each with a service of its own */
void bitketd_test_add (const char *path, BitketdTest test);
/** bitketd_test_add_shared: "/postgresql/@path" only: for several processes on one database */
void bitketd_test_add_shared (const char *path, BitketdTest test);

/** bitketd_start, bitketd_stop: the service on the database; it stands when the test begins */
void bitketd_start (Bitketd *self);
/** bitketd_stop: SIGTERM; the test fails unless it ends well */
void bitketd_stop (Bitketd *self);
/** bitketd_configure: stops the service when it stands, and starts it with @config, the text of a
 * configuration file */
void bitketd_configure (Bitketd *self, const char *config);
/** bitketd_open_db: a connection beside the service's own */
BitketDb *bitketd_open_db (Bitketd *self);

/* An answer, read to its end. */
typedef struct
{
  guint status;
  char *text;                  /* (owned) decompressed */
  JsonNode *json;              /* (owned) (nullable) */
  SoupMessageHeaders *headers; /* (owned) */
} Answer;
void answer_free (Answer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

/**
 * bitketd_ask:
 * @authorization: (nullable)
 * @body: (nullable): sent as JSON
 */
Answer *bitketd_ask (Bitketd *self,
                     const char *method,
                     const char *path,
                     const char *authorization,
                     const char *body);
/** bitketd_ask_with: the same with one header more */
Answer *bitketd_ask_with (Bitketd *self,
                          const char *method,
                          const char *path,
                          const char *authorization,
                          const char *body,
                          const char *header,
                          const char *value);
/** bitketd_expect: bitketd_ask() that fails the test unless it is answered with @status */
Answer *bitketd_expect (Bitketd *self,
                        const char *method,
                        const char *path,
                        const char *who,
                        const char *body,
                        guint status);
/** bitketd_make: POSTs to a collection. Returns: (transfer full): the new resource's path */
char *bitketd_make (Bitketd *self, const char *collection, const char *who, const char *body);

/* A request and what it is answered. */
typedef struct
{
  const char *method;
  const char *path;
  const char *body; /* (nullable) */
  guint status;
  const char *answer; /* (nullable): any */
} RequestCase;
void bitketd_run_cases (Bitketd *self, const char *who, const RequestCase *cases, gsize n);

/* A request, for many at once. */
typedef struct
{
  const char *method;
  const char *path;
  const char *authorization; /* (nullable) */
  const char *body;          /* (nullable) */
  const char *header;        /* (nullable) */
  const char *value;         /* (nullable) */
} Question;
/** bitketd_ask_at_once: none waits for another's answer. Returns: (transfer full) (element-type
 * Answer): in the order of the questions */
GPtrArray *bitketd_ask_at_once (Bitketd *self, const Question *questions, guint n);
/** answers_count: how many of @answers have @status */
guint answers_count (GPtrArray *answers, guint status);
const char *answer_get_header (Answer *answer, const char *name);
/** answer_get_text: member @name of the answer's object, or of element @index of its array */
const char *answer_get_text (Answer *answer, const char *name);
JsonObject *answer_get_element (Answer *answer, guint index);

/** bitketd_jwt: Returns: (transfer full): "JWT …" of the user with that address, made now */
char *bitketd_jwt (Bitketd *self, const char *email);

/** bitketd_enlist: gives somebody a role in an organization. Returns: (transfer full): "JWT …" */
char *bitketd_enlist (Bitketd *self, const char *email, const char *organization, const char *role);

/* A paired door. */
typedef struct
{
  char *id;            /* (owned) */
  char *authorization; /* (owned) "Door …" */
  char *key;           /* (owned) */
} TestDoor;
void test_door_clear (TestDoor *door);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TestDoor, test_door_clear)
void bitketd_pair (Bitketd *self, const char *event, const char *name, TestDoor *door);

typedef struct
{
  const char *body;
  guint status;
  const char *answer;
} BodyCase;

G_END_DECLS
