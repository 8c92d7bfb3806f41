/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-eligibility.h"

#include <string.h>

/* Deeper than anybody writes by hand, and an end to a circle of conditions. */
#define MAX_DEPTH 16

static const char *const type_names[] = {
  [BITKET_CONDITION_NONE] = "none",
  [BITKET_CONDITION_STUDENT_UNION_MEMBER] = "student_union_member",
  [BITKET_CONDITION_LIU_STUDENT] = "liu_student",
  [BITKET_CONDITION_EMAIL_DOMAIN] = "email_domain",
  [BITKET_CONDITION_BEFORE] = "before",
  [BITKET_CONDITION_ANY_OF] = "any_of",
  [BITKET_CONDITION_ALL_OF] = "all_of",
};

typedef struct
{
  const BitketConditionFacts *all;
  gsize n_all;
  const BitketPersonFacts *person;
  gint64 now_us;
} Question;

static gboolean
is_met (const Question *question, const BitketConditionFacts *condition, guint depth);

static gboolean
is_in_domain (const char *email, const char *domain)
{
  const char *at = email != NULL ? strrchr (email, '@') : NULL;
  gsize host_len, domain_len;

  if (at == NULL || domain == NULL || *domain == '\0')
    return FALSE;
  host_len = strlen (at + 1);
  domain_len = strlen (domain);
  if (host_len < domain_len || g_ascii_strcasecmp (at + 1 + host_len - domain_len, domain) != 0)
    return FALSE;
  return host_len == domain_len || at[host_len - domain_len] == '.';
}

static const BitketConditionFacts *
find_condition (const Question *question, const char *id)
{
  for (gsize i = 0; i < question->n_all; i++)
    if (g_strcmp0 (question->all[i].id, id) == 0)
      return &question->all[i];
  return NULL;
}

/* How many of the children there are, and how many of them are met. */
static void
count_children (const Question *question,
                const BitketConditionFacts *condition,
                guint depth,
                guint *n_children,
                guint *n_met)
{
  *n_children = *n_met = 0;
  for (gsize i = 0; condition->children != NULL && condition->children[i] != NULL; i++)
    {
      const BitketConditionFacts *child = find_condition (question, condition->children[i]);

      (*n_children)++;
      if (child != NULL && is_met (question, child, depth + 1))
        (*n_met)++;
    }
}

static gboolean
is_met (const Question *question, const BitketConditionFacts *condition, guint depth)
{
  guint n_children, n_met;

  if (!condition->is_active || depth > MAX_DEPTH)
    return FALSE;
  switch (condition->type)
    {
    case BITKET_CONDITION_STUDENT_UNION_MEMBER:
      return condition->student_union != NULL &&
             g_strcmp0 (condition->student_union, question->person->student_union) == 0;
    case BITKET_CONDITION_LIU_STUDENT:
      return question->person->is_liu_student;
    case BITKET_CONDITION_EMAIL_DOMAIN:
      return is_in_domain (question->person->email, condition->domain);
    case BITKET_CONDITION_BEFORE:
      return question->now_us < condition->until_us;
    case BITKET_CONDITION_ANY_OF:
      count_children (question, condition, depth, &n_children, &n_met);
      return n_met > 0;
    case BITKET_CONDITION_ALL_OF:
      count_children (question, condition, depth, &n_children, &n_met);
      return n_children > 0 && n_met == n_children;
    case BITKET_CONDITION_NONE:
      break;
    }
  return FALSE;
}

gboolean
bitket_eligibility_is_met (const BitketConditionFacts *condition,
                           const BitketConditionFacts *all,
                           gsize n_all,
                           const BitketPersonFacts *person,
                           gint64 now_us)
{
  const Question question = { all, n_all, person, now_us };

  g_return_val_if_fail (condition != NULL && person != NULL, FALSE);
  g_return_val_if_fail (all != NULL || n_all == 0, FALSE);

  return is_met (&question, condition, 0);
}

/* The way from the condition that is asked about to the one that is looked at. */
typedef struct _Step
{
  const struct _Step *above; /* (nullable) */
  const BitketConditionFacts *condition;
} Step;

static BitketConditionShape
measure (const Question *question, const Step *step, guint depth, guint *n_parts)
{
  if (depth > MAX_DEPTH || ++*n_parts > BITKET_CONDITION_MAX_PARTS)
    return BITKET_CONDITION_SHAPE_TOO_LARGE;
  for (const Step *above = step->above; above != NULL; above = above->above)
    if (above->condition == step->condition)
      return BITKET_CONDITION_SHAPE_CIRCLE;
  for (gsize i = 0; step->condition->children != NULL && step->condition->children[i] != NULL; i++)
    {
      const Step below = { step, find_condition (question, step->condition->children[i]) };
      BitketConditionShape shape;

      if (below.condition == NULL)
        continue;
      shape = measure (question, &below, depth + 1, n_parts);
      if (shape != BITKET_CONDITION_SHAPE_SOUND)
        return shape;
    }
  return BITKET_CONDITION_SHAPE_SOUND;
}

BitketConditionShape
bitket_condition_get_shape (const BitketConditionFacts *condition,
                            const BitketConditionFacts *all,
                            gsize n_all)
{
  const Question question = { .all = all, .n_all = n_all };
  const BitketConditionFacts *own;
  guint n_parts = 0;

  g_return_val_if_fail (condition != NULL, BITKET_CONDITION_SHAPE_NONE);
  g_return_val_if_fail (all != NULL || n_all == 0, BITKET_CONDITION_SHAPE_NONE);

  /* The same one as its children find it, so that a circle is seen. */
  own = find_condition (&question, condition->id);
  return measure (&question, &(Step) { NULL, own != NULL ? own : condition }, 0, &n_parts);
}

const char *
bitket_condition_type_get_parameter (BitketConditionType type)
{
  switch (type)
    {
    case BITKET_CONDITION_STUDENT_UNION_MEMBER:
      return "student_union";
    case BITKET_CONDITION_EMAIL_DOMAIN:
      return "domain";
    case BITKET_CONDITION_BEFORE:
      return "until";
    case BITKET_CONDITION_ANY_OF:
    case BITKET_CONDITION_ALL_OF:
      return "conditions";
    case BITKET_CONDITION_LIU_STUDENT:
    case BITKET_CONDITION_NONE:
      break;
    }
  return NULL;
}

const char *
bitket_condition_type_to_string (BitketConditionType type)
{
  g_return_val_if_fail ((gsize) type < G_N_ELEMENTS (type_names), "none");

  return type_names[type];
}

BitketConditionType
bitket_condition_type_from_string (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (g_strcmp0 (type_names[i], text) == 0)
      return (BitketConditionType) i;
  return BITKET_CONDITION_NONE;
}
