/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-record.h"
#include "bitket-request.h"

G_BEGIN_DECLS

/* Paging with keyset cursors: the cursor holds the values by which the list is sorted, of the last
 * row that was answered; pages stay right while rows are added. */

#define BITKET_PAGE_MAX_KEYS 3

/* A key by which a list is sorted. The last one is always the id, so that there are no ties. */
typedef struct
{
  const char *field;
  const char *before_all; /* less than every value, as text; more where the list is sorted
                             downwards. Of a number it is one */
} BitketPageKey;

typedef struct
{
  const BitketPageKey *keys; /* ends with a row without field */
  guint n_keys;
  gboolean is_paged;
  guint limit;
  char *after[BITKET_PAGE_MAX_KEYS]; /* (owned) */
  char limit_text[16];               /* one more than asked for, which tells whether more follows */
} BitketPage;

/** bitket_page_read: ?limit= and ?cursor=. Returns: %FALSE with @reply (out) set: 400 */
gboolean bitket_page_read (BitketPage *page,
                           const BitketRequest *request,
                           const BitketPageKey *keys,
                           BitketReply **reply);
/** bitket_page_init_whole: all there is, from the beginning */
void bitket_page_init_whole (BitketPage *page, const BitketPageKey *keys);
void bitket_page_clear (BitketPage *page);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketPage, bitket_page_clear)
/** bitket_page_link: Returns: (transfer full): the Link header of a page that ends with @last */
char *bitket_page_link (const BitketPage *page, const BitketRequest *request, BitketRecord *last);
/** bitket_page_link_values: the same for what is no record: @values, one a key, of the last row */
char *bitket_page_link_values (const BitketPage *page,
                               const BitketRequest *request,
                               const char *const *values);
/** bitket_page_cut: takes off the surplus record. Returns: (transfer full) (nullable): the Link
 * header when more follows */
char *bitket_page_cut (const BitketPage *page, const BitketRequest *request, GPtrArray *records);

G_END_DECLS
