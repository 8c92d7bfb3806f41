/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include <glib/gi18n.h>
#include <locale.h>

#include "bitket-application.h"
#include "bitket-build.h"

int
main (int argc, char **argv)
{
  g_autoptr (BitketApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (BITKET_GETTEXT_PACKAGE, BITKET_LOCALEDIR);
  bind_textdomain_codeset (BITKET_GETTEXT_PACKAGE, "UTF-8");
  textdomain (BITKET_GETTEXT_PACKAGE);
  g_set_prgname (BITKET_APPLICATION_ID);
  /* Translators: the name of the program; it stays as it is in most languages */
  g_set_application_name (_ ("Bitket"));

  application = bitket_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
