/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is remembered from one start to the next: which way was taken, and where to. A key file in
 * the user's configuration directory; nothing secret. */

typedef enum
{
  BITKET_WAY_NONE,
  BITKET_WAY_SAMPLE,
  BITKET_WAY_SERVER,
  BITKET_WAY_DOOR,
} BitketWay;

typedef struct
{
  BitketWay way;
  char *server; /* (owned) (nullable) */
  char *email;  /* (owned) (nullable) */
} BitketSettings;

/** bitket_settings_load: never fails: what cannot be read is as on the first start */
void bitket_settings_load (BitketSettings *settings);
/** bitket_settings_save: a failure is logged only: there is nothing that anybody could do now */
void bitket_settings_save (const BitketSettings *settings);
void bitket_settings_clear (BitketSettings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketSettings, bitket_settings_clear)

G_END_DECLS
