/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-error-text.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "bitket-client-error.h"
#include "bitket-door.h"

#define ANY_CODE -1

static const struct
{
  BitketTried tried;
  const char *title;
} titles[] = {
  { BITKET_TRIED_SAMPLE, N_ ("The Sample Event Did Not Start") },
  { BITKET_TRIED_SIGN_IN, N_ ("Not Signed In") },
  { BITKET_TRIED_EVENTS, N_ ("Events Not Available") },
  { BITKET_TRIED_OVERVIEW, N_ ("Figures Not Available") },
  { BITKET_TRIED_NEW_DOOR, N_ ("No Code Was Made") },
  { BITKET_TRIED_PAIR, N_ ("This Door Is Not Paired") },
  { BITKET_TRIED_DOOR, N_ ("The Door Did Not Open") },
  { BITKET_TRIED_SEARCH, N_ ("The Search Did Not Work") },
  { BITKET_TRIED_ADMIT, N_ ("Nobody Was Let In") },
  { BITKET_TRIED_UNDO, N_ ("Nothing Was Undone") },
  { BITKET_TRIED_CAMERA, N_ ("No Camera Picture") },
};

/* The first row that fits is taken, so the particular stand before the general. */
static const struct
{
  BitketTried tried; /* NONE: any */
  GQuark (*domain) (void);
  int code;
  const char *sentence;
  BitketRemedy remedy;
} rows[] = {
  { BITKET_TRIED_SIGN_IN, bitket_client_error_quark, BITKET_CLIENT_ERROR_INVALID,
    N_ ("The e-mail address or the password is not right."), BITKET_REMEDY_CORRECT },
  { BITKET_TRIED_SIGN_IN, bitket_client_error_quark, BITKET_CLIENT_ERROR_UNAUTHORIZED,
    N_ ("The e-mail address or the password is not right."), BITKET_REMEDY_CORRECT },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_ADDRESS,
    N_ ("This is not the address of a server. It begins with https:// and a name."),
    BITKET_REMEDY_CORRECT },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_UNREACHABLE,
    N_ ("The server cannot be reached. Check the network connection."), BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_TIMEOUT,
    N_ ("The server takes too long to answer. The network may be slow."), BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_TLS,
    N_ ("The server cannot prove that it is the right one, so nothing was sent to it."),
    BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_NOT_BITKET,
    N_ ("What answers is not a Bitket server. You may have to sign in to the wireless network."),
    BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_SERVER,
    N_ ("The server has a problem of its own. Try again in a moment."), BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_BUSY,
    N_ ("Too many tries. Wait a minute before the next one."), BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_UNAUTHORIZED,
    N_ ("You have been signed out. Sign in again."), BITKET_REMEDY_SIGN_IN },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_REVOKED,
    N_ ("An organizer has revoked this door. Ask for a new pairing code."), BITKET_REMEDY_NONE },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_FORBIDDEN,
    N_ ("Your account may not do this. Ask an organizer."), BITKET_REMEDY_SIGN_IN },
  { BITKET_TRIED_PAIR, bitket_client_error_quark, ANY_CODE,
    N_ ("The pairing code is not right, or it was used already. Ask for a new one."),
    BITKET_REMEDY_CORRECT },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_NOT_FOUND,
    N_ ("It is not there any more."), BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_client_error_quark, BITKET_CLIENT_ERROR_ANSWER,
    N_ ("The server's answer cannot be understood. This program may be too old for it."),
    BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_NOT_PAIRED,
    N_ ("This door is not paired with an event yet."), BITKET_REMEDY_NONE },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_KEYRING,
    N_ ("The keyring that keeps this door's key is missing or locked. Unlock it and try again."),
    BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_BUSY,
    N_ ("The door is open in another window or program. Close it there first."),
    BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_STORE,
    N_ ("The door's files cannot be written. The disk may be full."), BITKET_REMEDY_RETRY },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_VERSION,
    N_ ("The door's files were made by a newer version of this program. Update it."),
    BITKET_REMEDY_NONE },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_NOTHING,
    N_ ("This door has let nobody in that could be taken back."), BITKET_REMEDY_NONE },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_NOT_FOUND,
    N_ ("There is no such ticket any more."), BITKET_REMEDY_NONE },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_CLOCK,
    N_ ("The clock of this computer is wrong. Set it before you let people in."),
    BITKET_REMEDY_NONE },
  { BITKET_TRIED_NONE, bitket_door_error_quark, BITKET_DOOR_ERROR_REVOKED,
    N_ ("An organizer has revoked this door. Ask for a new pairing code."), BITKET_REMEDY_NONE },
  { BITKET_TRIED_SAMPLE, NULL, ANY_CODE,
    N_ ("The service that belongs to it could not be started on this computer."),
    BITKET_REMEDY_RETRY },
  { BITKET_TRIED_CAMERA, NULL, ANY_CODE,
    N_ ("Connect a camera, or use a handheld reader or the search."), BITKET_REMEDY_RETRY },
};

BitketErrorText
bitket_error_text_find (BitketTried tried, const GError *error)
{
  BitketErrorText text = { "", "", BITKET_REMEDY_RETRY };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (titles[i].tried == tried)
      text.title = _ (titles[i].title);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if ((rows[i].tried == BITKET_TRIED_NONE || rows[i].tried == tried) &&
        (rows[i].domain == NULL || (error != NULL && rows[i].domain () == error->domain)) &&
        (rows[i].code == ANY_CODE || (error != NULL && rows[i].code == error->code)))
      {
        text.sentence = _ (rows[i].sentence);
        text.remedy = rows[i].remedy;
        return text;
      }
  text.sentence = _ ("Something unexpected went wrong. Try again.");
  return text;
}
