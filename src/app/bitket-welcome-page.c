/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-welcome-page.h"

struct _BitketWelcomePage
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (BitketWelcomePage, bitket_welcome_page, ADW_TYPE_BIN)

static void
bitket_welcome_page_class_init (BitketWelcomePageClass *klass)
{
  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (klass),
                                               "/se/bitket/Bitket/ui/bitket-welcome-page.ui");
}

static void
bitket_welcome_page_init (BitketWelcomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
