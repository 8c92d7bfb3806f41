/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What people are told when something fails: a sentence and one thing to do, by what was tried and
 * the error's code. Nobody is shown error->message but under "Details". */

typedef enum
{
  BITKET_TRIED_NONE,
  BITKET_TRIED_SAMPLE, /* to start the sample event */
  BITKET_TRIED_SIGN_IN,
  BITKET_TRIED_EVENTS,   /* to load the list of events */
  BITKET_TRIED_OVERVIEW, /* to load an event's figures */
  BITKET_TRIED_NEW_DOOR, /* to make a code for another computer */
  BITKET_TRIED_PAIR,
  BITKET_TRIED_DOOR, /* to open entry mode */
  BITKET_TRIED_SEARCH,
  BITKET_TRIED_ADMIT,
  BITKET_TRIED_UNDO,
  BITKET_TRIED_CAMERA,
} BitketTried;

typedef enum
{
  BITKET_REMEDY_NONE,
  BITKET_REMEDY_RETRY,
  BITKET_REMEDY_SIGN_IN,
  BITKET_REMEDY_CORRECT, /* what was typed is wrong: it can be changed where it was typed */
} BitketRemedy;

/* Static, translated. */
typedef struct
{
  const char *title;    /* what did not work */
  const char *sentence; /* why, and what to do about it */
  BitketRemedy remedy;
} BitketErrorText;

BitketErrorText bitket_error_text_find (BitketTried tried, const GError *error);

G_END_DECLS
