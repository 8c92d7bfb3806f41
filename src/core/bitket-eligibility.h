/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who gets a discount. Pure: the caller brings the person, the conditions and the time. */

typedef enum
{
  BITKET_CONDITION_NONE,
  BITKET_CONDITION_STUDENT_UNION_MEMBER,
  BITKET_CONDITION_LIU_STUDENT,
  BITKET_CONDITION_EMAIL_DOMAIN,
  BITKET_CONDITION_BEFORE,
  BITKET_CONDITION_ANY_OF,
  BITKET_CONDITION_ALL_OF,
} BitketConditionType;

typedef struct
{
  const char *id;
  BitketConditionType type;
  gboolean is_active;
  const char *student_union;   /* (nullable) id, for STUDENT_UNION_MEMBER */
  const char *domain;          /* (nullable) for EMAIL_DOMAIN, "liu.se"; subdomains count */
  gint64 until_us;             /* for BEFORE */
  const char *const *children; /* (nullable) ids, for ANY_OF and ALL_OF */
} BitketConditionFacts;

typedef struct
{
  const char *student_union; /* (nullable) id of the union the person is a member of */
  const char *email;         /* (nullable) verified address */
  gboolean is_liu_student;
} BitketPersonFacts;

/**
 * bitket_eligibility_is_met:
 * @all: the conditions that ANY_OF and ALL_OF may name; an unknown one, a circle or more than 16
 * levels is not met An inactive condition is never met. An empty ANY_OF is not met, an empty ALL_OF
 * neither.
 */
gboolean bitket_eligibility_is_met (const BitketConditionFacts *condition,
                                    const BitketConditionFacts *all,
                                    gsize n_all,
                                    const BitketPersonFacts *person,
                                    gint64 now_us);

/** bitket_condition_type_get_parameter: (nullable): the field that a condition of that type is
 * about: "domain"; of the others it has none */
const char *bitket_condition_type_get_parameter (BitketConditionType type);

/* How a condition is put together of others. */
typedef enum
{
  BITKET_CONDITION_SHAPE_NONE,
  BITKET_CONDITION_SHAPE_SOUND,
  BITKET_CONDITION_SHAPE_CIRCLE,    /* it is part of what it is made of */
  BITKET_CONDITION_SHAPE_TOO_LARGE, /* too deep to be met, or long to evaluate */
} BitketConditionShape;

/** bitket_condition_get_shape: of @condition with all that it names in @all, each as often as it is
 * named: at most %BITKET_CONDITION_MAX_PARTS */
BitketConditionShape bitket_condition_get_shape (const BitketConditionFacts *condition,
                                                 const BitketConditionFacts *all,
                                                 gsize n_all);
#define BITKET_CONDITION_MAX_PARTS 64

const char *bitket_condition_type_to_string (BitketConditionType type);
BitketConditionType bitket_condition_type_from_string (const char *text);

G_END_DECLS
