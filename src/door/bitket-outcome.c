/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-outcome.h"

#include <json-glib/json-glib.h>

#include "bitket-json-reader.h"
#include "bitket-time.h"

struct _BitketOutcome
{
  GObject parent_instance;
  BitketOutcomeFacts facts; /* its strings are (owned) */
};

enum
{
  PROP_0,
  PROP_VERDICT,
  PROP_REASON,
  PROP_AUTHORITY,
  PROP_SOURCE,
  PROP_KIND,
  PROP_SCAN_ID,
  PROP_OWNERSHIP,
  PROP_TICKET_TYPE,
  PROP_NAME,
  PROP_CHOICES,
  PROP_DOOR,
  PROP_UTILIZED_US,
  PROP_EVENT_NAME,
  PROP_ENTRY_OPENS_US,
  PROP_ENDS_US,
  PROP_AT_US,
  PROP_ELAPSED_MS,
  PROP_DETAIL,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketOutcome, bitket_outcome, G_TYPE_OBJECT)

static void
bitket_outcome_finalize (GObject *object)
{
  BitketOutcome *self = BITKET_OUTCOME (object);

  g_free ((char *) self->facts.scan_id);
  g_free ((char *) self->facts.ownership);
  g_free ((char *) self->facts.ticket_type);
  g_free ((char *) self->facts.name);
  g_strfreev ((char **) self->facts.choices);
  g_free ((char *) self->facts.door);
  g_free ((char *) self->facts.event_name);
  g_free ((char *) self->facts.detail);
  G_OBJECT_CLASS (bitket_outcome_parent_class)->finalize (object);
}

static void
bitket_outcome_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  const BitketOutcomeFacts *facts = &BITKET_OUTCOME (object)->facts;

  switch (prop_id)
    {
    case PROP_VERDICT:
      g_value_set_int (value, (int) facts->verdict);
      break;
    case PROP_REASON:
      g_value_set_int (value, (int) facts->reason);
      break;
    case PROP_AUTHORITY:
      g_value_set_int (value, (int) facts->authority);
      break;
    case PROP_SOURCE:
      g_value_set_int (value, (int) facts->source);
      break;
    case PROP_KIND:
      g_value_set_int (value, (int) facts->kind);
      break;
    case PROP_SCAN_ID:
      g_value_set_string (value, facts->scan_id);
      break;
    case PROP_OWNERSHIP:
      g_value_set_string (value, facts->ownership);
      break;
    case PROP_TICKET_TYPE:
      g_value_set_string (value, facts->ticket_type);
      break;
    case PROP_NAME:
      g_value_set_string (value, facts->name);
      break;
    case PROP_CHOICES:
      g_value_set_boxed (value, facts->choices);
      break;
    case PROP_DOOR:
      g_value_set_string (value, facts->door);
      break;
    case PROP_UTILIZED_US:
      g_value_set_int64 (value, facts->utilized_us);
      break;
    case PROP_EVENT_NAME:
      g_value_set_string (value, facts->event_name);
      break;
    case PROP_ENTRY_OPENS_US:
      g_value_set_int64 (value, facts->entry_opens_us);
      break;
    case PROP_ENDS_US:
      g_value_set_int64 (value, facts->ends_us);
      break;
    case PROP_AT_US:
      g_value_set_int64 (value, facts->at_us);
      break;
    case PROP_ELAPSED_MS:
      g_value_set_double (value, facts->elapsed_ms);
      break;
    case PROP_DETAIL:
      g_value_set_string (value, facts->detail);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static GParamSpec *
make_int (const char *name, int max)
{
  return g_param_spec_int (name, NULL, NULL, 0, max, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static GParamSpec *
make_time (const char *name)
{
  return g_param_spec_int64 (name, NULL, NULL, G_MININT64, G_MAXINT64, 0,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static GParamSpec *
make_text (const char *name)
{
  return g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
bitket_outcome_class_init (BitketOutcomeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = bitket_outcome_finalize;
  object_class->get_property = bitket_outcome_get_property;

  props[PROP_VERDICT] = make_int ("verdict", BITKET_VERDICT_ATTENTION);
  props[PROP_REASON] = make_int ("reason", BITKET_REASON_FAULT);
  props[PROP_AUTHORITY] = make_int ("authority", BITKET_AUTHORITY_SIGNATURE);
  props[PROP_SOURCE] = make_int ("source", BITKET_SCAN_SOURCE_HAND);
  props[PROP_KIND] = make_int ("kind", BITKET_SCAN_KIND_UNREADABLE);
  props[PROP_SCAN_ID] = make_text ("scan-id");
  props[PROP_OWNERSHIP] = make_text ("ownership");
  props[PROP_TICKET_TYPE] = make_text ("ticket-type");
  props[PROP_NAME] = make_text ("name");
  props[PROP_CHOICES] = g_param_spec_boxed ("choices", NULL, NULL, G_TYPE_STRV,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_DOOR] = make_text ("door");
  props[PROP_UTILIZED_US] = make_time ("utilized-us");
  props[PROP_EVENT_NAME] = make_text ("event-name");
  props[PROP_ENTRY_OPENS_US] = make_time ("entry-opens-us");
  props[PROP_ENDS_US] = make_time ("ends-us");
  props[PROP_AT_US] = make_time ("at-us");
  props[PROP_ELAPSED_MS] = g_param_spec_double ("elapsed-ms", NULL, NULL, 0, G_MAXDOUBLE, 0,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_DETAIL] = make_text ("detail");
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
bitket_outcome_init (BitketOutcome *self)
{
}

/**
 * bitket_outcome_new:
 * @facts: copied, with its strings
 *
 * Returns: (transfer full): the outcome
 */
BitketOutcome *
bitket_outcome_new (const BitketOutcomeFacts *facts)
{
  BitketOutcome *self = g_object_new (BITKET_TYPE_OUTCOME, NULL);

  self->facts = *facts;
  self->facts.scan_id = g_strdup (facts->scan_id);
  self->facts.ownership = g_strdup (facts->ownership);
  self->facts.ticket_type = g_strdup (facts->ticket_type);
  self->facts.name = g_strdup (facts->name);
  self->facts.choices = (const char *const *) g_strdupv ((char **) facts->choices);
  self->facts.door = g_strdup (facts->door);
  self->facts.event_name = g_strdup (facts->event_name);
  self->facts.detail = g_strdup (facts->detail);
  return self;
}

/** bitket_outcome_get_facts: Returns: (transfer none): lives as long as the outcome */
const BitketOutcomeFacts *
bitket_outcome_get_facts (BitketOutcome *self)
{
  g_return_val_if_fail (BITKET_IS_OUTCOME (self), NULL);

  return &self->facts;
}

BitketVerdict
bitket_outcome_get_verdict (BitketOutcome *self)
{
  g_return_val_if_fail (BITKET_IS_OUTCOME (self), BITKET_VERDICT_NONE);

  return self->facts.verdict;
}

BitketReason
bitket_outcome_get_reason (BitketOutcome *self)
{
  g_return_val_if_fail (BITKET_IS_OUTCOME (self), BITKET_REASON_NONE);

  return self->facts.reason;
}

static void
add_text (JsonObject *object, const char *member, const char *text)
{
  if (text == NULL)
    json_object_set_null_member (object, member);
  else
    json_object_set_string_member (object, member, text);
}

static void
add_time (JsonObject *object, const char *member, gint64 time_us)
{
  g_autofree char *text = time_us == 0 ? NULL : bitket_time_format (time_us);

  add_text (object, member, text);
}

/**
 * bitket_outcome_to_json_line:
 *
 * The members of docs/door.md; those of which a reader can always be sure come first, and what only
 * some reasons have ("event", "entry_opens", "ends", "detail", "scan") is left out elsewhere.
 *
 * Returns: (transfer full): one line, without its newline
 */
char *
bitket_outcome_to_json_line (BitketOutcome *self)
{
  const BitketOutcomeFacts *facts = &self->facts;
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonArray *choices = json_array_new ();

  g_return_val_if_fail (BITKET_IS_OUTCOME (self), NULL);

  json_node_take_object (node, object);
  json_object_set_string_member (object, "verdict", bitket_verdict_to_string (facts->verdict));
  json_object_set_string_member (object, "reason", bitket_reason_to_string (facts->reason));
  json_object_set_string_member (object, "authority",
                                 bitket_authority_to_string (facts->authority));
  add_text (object, "ownership", facts->ownership);
  add_text (object, "ticket_type", facts->ticket_type);
  add_text (object, "name", facts->name);
  for (guint i = 0; facts->choices != NULL && facts->choices[i] != NULL; i++)
    json_array_add_string_element (choices, facts->choices[i]);
  json_object_set_array_member (object, "choices", choices);
  add_time (object, "utilized", facts->utilized_us);
  add_text (object, "door", facts->door);
  json_object_set_string_member (object, "source", bitket_scan_source_to_string (facts->source));
  if (facts->scan_id != NULL)
    add_text (object, "scan", facts->scan_id);
  if (facts->event_name != NULL)
    add_text (object, "event", facts->event_name);
  if (facts->reason == BITKET_REASON_NOT_YET)
    add_time (object, "entry_opens", facts->entry_opens_us);
  if (facts->reason == BITKET_REASON_OVER)
    add_time (object, "ends", facts->ends_us);
  if (facts->detail != NULL)
    add_text (object, "detail", facts->detail);
  json_object_set_double_member (object, "ms", (gint64) (facts->elapsed_ms * 10 + 0.5) / 10.0);
  return bitket_json_to_string (node);
}
