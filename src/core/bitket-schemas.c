/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-schema.h"

/* What every resource has. The order of the ORIGINAL fields is the order of the members on the
 * wire. The names and limits of the original's fields are those of its models; what we add stands
 * after them.
 *
 * O: in the original's representation. S: shown to staff. X: a column that never leaves the
 * service. */

#define O         BITKET_FIELD_ORIGINAL
#define S         BITKET_FIELD_STAFF
#define X         BITKET_FIELD_SECRET
#define NUL       (BITKET_FIELD_NULLABLE | BITKET_FIELD_OPTIONAL)
#define OPT       BITKET_FIELD_OPTIONAL
#define BLANK     (BITKET_FIELD_BLANK | BITKET_FIELD_OPTIONAL)
#define RO        BITKET_FIELD_READ_ONLY
#define ORGANIZER BITKET_ROLE_ORGANIZER

#define ID_FIELD                                                                                   \
  {                                                                                                \
    "id", BITKET_KIND_ID, O | RO, 0, 0, NULL, NULL, BITKET_ROLE_NONE                               \
  }
#define TEXT(name, flags, max, fallback)                                                           \
  {                                                                                                \
    name, BITKET_KIND_TEXT, flags, 0, max, fallback, NULL, ORGANIZER                               \
  }
#define EMAIL(name, flags)                                                                         \
  {                                                                                                \
    name, BITKET_KIND_EMAIL, flags, 0, 254, NULL, NULL, ORGANIZER                                  \
  }
#define SLUG(name, flags)                                                                          \
  {                                                                                                \
    name, BITKET_KIND_SLUG, flags, 0, 50, NULL, NULL, ORGANIZER                                    \
  }
#define CHOICE(name, flags, choices, fallback)                                                     \
  {                                                                                                \
    name, BITKET_KIND_CHOICE, flags, 0, 0, fallback, choices, ORGANIZER                            \
  }
#define REFERENCE(name, flags, target)                                                             \
  {                                                                                                \
    name, BITKET_KIND_REFERENCE, flags, 0, 0, NULL, target, ORGANIZER                              \
  }
#define REFERENCES(name, flags, target)                                                            \
  {                                                                                                \
    name, BITKET_KIND_REFERENCES, flags | OPT, 0, 0, "[]", target, ORGANIZER                       \
  }
#define BOOLEAN(name, flags, fallback)                                                             \
  {                                                                                                \
    name, BITKET_KIND_BOOLEAN, flags | OPT, 0, 0, fallback, NULL, ORGANIZER                        \
  }
#define INTEGER(name, flags, min, max, fallback)                                                   \
  {                                                                                                \
    name, BITKET_KIND_INTEGER, flags, min, max, fallback, NULL, ORGANIZER                          \
  }
/* Nine digits, as the original's DecimalField (max_digits=9, decimal_places=2). */
#define MONEY(name, flags, min, fallback)                                                          \
  {                                                                                                \
    name, BITKET_KIND_MONEY, flags, min, 999999999, fallback, NULL, ORGANIZER                      \
  }
#define TIME(name, flags)                                                                          \
  {                                                                                                \
    name, BITKET_KIND_TIME, flags, 0, 0, NULL, NULL, ORGANIZER                                     \
  }
#define COMPUTED(name, flags)                                                                      \
  {                                                                                                \
    name, BITKET_KIND_COMPUTED, flags | RO, 0, 0, NULL, NULL, BITKET_ROLE_NONE                     \
  }

#define QUANTITY_MAX 1000000
#define INDEX_MAX    G_MAXINT16

static const BitketField organization_fields[] = {
  ID_FIELD,
  TEXT ("name", O, 256, NULL),
  TEXT ("organization_number", O | BLANK, 32, "\"\""),
  TEXT ("address", O | BLANK, 1000, "\"\""),
  EMAIL ("email", O),
  SLUG ("slug", S),
  INTEGER ("vat_rate", S | OPT, 0, 25, "0"),
  COMPUTED ("stripe_connected", S),
  TIME ("stripe_authorized", X | NUL),
  BOOLEAN ("stripe_live_mode", X, "false"),
  TEXT ("stripe_account_id", X | BLANK, 64, "\"\""),
  TEXT ("stripe_refresh_token", X | BLANK, 64, "\"\""),
  TEXT ("stripe_public_key", X | BLANK, 128, "\"\""),
  TEXT ("stripe_secret_key", X | BLANK, 128, "\"\""),
  BOOLEAN ("stripe_read_only", X, "true"),
};

static const BitketField membership_fields[] = {
  ID_FIELD,
  REFERENCE ("organization", O, "organization"),
  EMAIL ("email", O),
  CHOICE ("role", O, "organizer|treasurer|crew", NULL),
};

static const BitketField event_fields[] = {
  ID_FIELD,
  SLUG ("slug", O),
  TEXT ("name", O, 256, NULL),
  TEXT ("description", O | BLANK, 100000, "\"\""),
  REFERENCE ("organization", O, "organization"),
  BOOLEAN ("published", S, "false"),
  TIME ("starts", S | NUL),
  TIME ("ends", S | NUL),
  TEXT ("venue", S | BLANK, 256, "\"\""),
  TIME ("entry_opens", S | NUL),
};

static const BitketField ticket_type_fields[] = {
  ID_FIELD,
  REFERENCE ("event", O, "event"),
  TEXT ("name", O, 256, NULL),
  TEXT ("description", O | BLANK, 100000, "\"\""),
  MONEY ("price", O, 0, NULL),
  COMPUTED ("modifiers", O),
  COMPUTED ("availability", O),
  REFERENCES ("conflicts_with", O, "ticket_type"),
  INTEGER ("index", O | OPT, 0, INDEX_MAX, "0"),
  BOOLEAN ("is_published", S, "false"),
  BOOLEAN ("is_generally_available", S, "false"),
  TIME ("sales_open", S | NUL),
  TIME ("sales_close", S | NUL),
  INTEGER ("max_personal_quantity", S | NUL, 0, QUANTITY_MAX, NULL),
  INTEGER ("max_total_quantity", S | NUL, 0, QUANTITY_MAX, NULL),
  COMPUTED ("quantity", S),
};

static const BitketField variation_fields[] = {
  ID_FIELD,
  REFERENCE ("ticket_type", O, "ticket_type"),
  TEXT ("name", O, 256, NULL),
  INTEGER ("index", O | OPT, 0, INDEX_MAX, "0"),
};

static const BitketField variation_choice_fields[] = {
  ID_FIELD,
  REFERENCE ("variation", O, "variation"),
  TEXT ("name", O, 256, NULL),
  MONEY ("delta", O | OPT, -999999999, "\"0.00\""),
  INTEGER ("index", O | OPT, 0, INDEX_MAX, "0"),
  INTEGER ("max_total_quantity", S | NUL, 0, QUANTITY_MAX, NULL),
};

static const BitketField student_union_fields[] = {
  ID_FIELD,
  TEXT ("name", O, 256, NULL),
};

static const BitketField condition_fields[] = {
  ID_FIELD,
  REFERENCE ("organization", O | NUL, "organization"),
  CHOICE ("type", O, "student_union_member|liu_student|email_domain|before|any_of|all_of", NULL),
  BOOLEAN ("active", O, "true"),
  REFERENCE ("student_union", O | NUL, "student_union"),
  TEXT ("domain", O | BLANK, 253, "\"\""),
  TIME ("until", O | NUL),
  REFERENCES ("conditions", O, "condition"),
};

static const BitketField modifier_fields[] = {
  ID_FIELD,
  REFERENCE ("condition", O, "condition"),
  REFERENCE ("ticket_type", O, "ticket_type"),
  MONEY ("delta", O, -999999999, NULL),
};

static const BitketField access_code_fields[] = {
  ID_FIELD,
  REFERENCE ("ticket_type", O, "ticket_type"),
  INTEGER ("quantity", O | OPT, 1, 1000, "1"),
  TEXT ("label", O | BLANK, 256, "\"\""),
  TIME ("expires", O | NUL),
  TIME ("revoked", O | NUL | RO),
  COMPUTED ("token", O),
  COMPUTED ("link", O),
  COMPUTED ("used", O),
};

static const BitketField user_fields[] = {
  ID_FIELD,
  TEXT ("name", O, 256, NULL),
  EMAIL ("email", O),
  { "nin", BITKET_KIND_NIN, X | NUL, 0, 12, NULL, NULL, BITKET_ROLE_SELF },
  TEXT ("liu_id", X | NUL, 8, NULL),
  REFERENCE ("student_union", X | NUL, "student_union"),
  TEXT ("password", X | BLANK, 256, "\"!\""),
  TIME ("last_login", X | NUL),
  BOOLEAN ("is_active", X, "true"),
  BOOLEAN ("is_staff", X, "false"),
  BOOLEAN ("is_superuser", X, "false"),
};

static const BitketField ticket_fields[] = {
  ID_FIELD,
  REFERENCE ("ticket_type", O, "ticket_type"),
  REFERENCES ("variation_choices", O, "variation_choice"),
  TIME ("utilized", O | NUL | RO),
  REFERENCE ("access_code", X | NUL, "access_code"),
  BOOLEAN ("pending", X, "false"),
  TIME ("created", X),
  TEXT ("utilized_by_door", X | NUL, 256, NULL),
  TIME ("refunded", X | NUL),
};

static const BitketField ticket_ownership_fields[] = {
  ID_FIELD,
  REFERENCE ("ticket", O, "ticket"),
  REFERENCE ("user", O, "user"),
  { "code", BITKET_KIND_TEXT, O | RO, 6, 6, NULL, NULL, BITKET_ROLE_NONE },
  COMPUTED ("qr", O),
  COMPUTED ("price", O),
  COMPUTED ("resell_token", O),
  COMPUTED ("is_current", O),
  COMPUTED ("utilized", O),
  TIME ("created", X),
  TIME ("superseded", X | NUL),
  REFERENCES ("modifiers", X, "modifier"),
};

static const BitketField transaction_fields[] = {
  ID_FIELD,
  CHOICE ("kind", O | OPT, "charge|refund|fee|payout", "\"charge\""),
  MONEY ("amount", O, -999999999, NULL),
  TEXT ("currency", O | OPT, 3, "\"SEK\""),
  TIME ("created", O),
  TEXT ("stripe_id", O | BLANK, 64, "\"\""),
  REFERENCES ("ticket_ownerships", O, "ticket_ownership"),
  INTEGER ("number", X | NUL, 0, 0, NULL),
};

#define SCHEMA(stem, name, collection, table, model)                                               \
  const BitketSchema bitket_##stem##_schema = {                                                    \
    name, collection, table, model, stem##_fields, G_N_ELEMENTS (stem##_fields)                    \
  }

SCHEMA (organization, "organization", "organizations", "organizations", "bitket.organization");
SCHEMA (membership, "membership", "memberships", "memberships", NULL);
SCHEMA (event, "event", "events", "events", "bitket.event");
SCHEMA (ticket_type, "ticket_type", "ticket-types", "ticket_types", "bitket.tickettype");
SCHEMA (variation, "variation", "variations", "variations", "bitket.variation");
SCHEMA (variation_choice,
        "variation_choice",
        "variation-choices",
        "variation_choices",
        "bitket.variationchoice");
SCHEMA (student_union, "student_union", "student-unions", "student_unions", "bitket.studentunion");
SCHEMA (condition, "condition", "conditions", "conditions", "bitket.condition");
SCHEMA (modifier, "modifier", "modifiers", "modifiers", "bitket.modifier");
SCHEMA (access_code, "access_code", "access-codes", "access_codes", "bitket.accesscode");
SCHEMA (user, "user", "users", "users", "bitket.user");
SCHEMA (ticket, "ticket", "tickets", "tickets", "bitket.ticket");
SCHEMA (ticket_ownership,
        "ticket_ownership",
        "ticket-ownerships",
        "ticket_ownerships",
        "bitket.ticketownership");
SCHEMA (transaction, "transaction", "transactions", "transactions", "bitket.transaction");

/* References point back, apart from those of a schema to itself. */
static const BitketSchema *const all_schemas[] = {
  &bitket_organization_schema,
  &bitket_membership_schema,
  &bitket_student_union_schema,
  &bitket_user_schema,
  &bitket_event_schema,
  &bitket_ticket_type_schema,
  &bitket_variation_schema,
  &bitket_variation_choice_schema,
  &bitket_condition_schema,
  &bitket_modifier_schema,
  &bitket_access_code_schema,
  &bitket_ticket_schema,
  &bitket_ticket_ownership_schema,
  &bitket_transaction_schema,
};

const BitketSchema *const *
bitket_schemas_get (guint *n_schemas)
{
  g_return_val_if_fail (n_schemas != NULL, NULL);

  *n_schemas = G_N_ELEMENTS (all_schemas);
  return all_schemas;
}
