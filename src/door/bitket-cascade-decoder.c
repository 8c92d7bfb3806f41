/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-cascade-decoder.h"

#include "bitket-finder.h"
#include "bitket-gray.h"
#include "bitket-zbar-decoder.h"
#include "bitket-zxing-decoder.h"

/* The longer side of the pictures that the later stages look at. */
#define SMALL_SIDE 640
#define TINY_SIDE  320
/* Half a side of the window of the local mean, as a part of the longer side: about a finder
 * pattern, half of a code, and a few modules. What differs from the mean is stretched fourfold. */
#define CONTRAST_WINDOW    24
#define CONTRAST_WIDE      12
#define CONTRAST_NARROW    52
#define CONTRAST_RECTIFIED 8
#define CONTRAST_GAIN      4
/* How many things that look like an eye of a code are kept, and how many codes made of them. */
#define MAX_PATTERNS 64
#define MAX_CODES    3

struct _BitketCascadeDecoder
{
  GObject parent_instance;
  BitketDecoder *harder;     /* (owned) ZXing, harder, local average */
  BitketDecoder *histogram;  /* (owned) ZXing, one threshold for the picture */
  BitketDecoder *fast;       /* (owned) ZXing, fast */
  BitketDecoder *zbar;       /* (owned) */
  BitketGrayBuffer small;    /* the frame at SMALL_SIDE */
  BitketGrayBuffer tiny;     /* the frame at TINY_SIDE */
  BitketGrayBuffer contrast; /* what stands out from its surroundings */
  BitketGrayBuffer other;    /* inverted, softened or rectified */
  gint64 deadline_us;        /* of the frame under way */
  gboolean is_worthwhile;    /* something in the frame looks like a code */
};

static void decoder_iface_init (BitketDecoderInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BitketCascadeDecoder,
                               bitket_cascade_decoder,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BITKET_TYPE_DECODER, decoder_iface_init))

/* One step of the cascade: reads @image, adds what it finds. */
typedef void (*StageFunc) (BitketCascadeDecoder *self,
                           const BitketGrayImage *image,
                           GPtrArray *found);

static void
run (BitketDecoder *decoder, const BitketGrayImage *image, GPtrArray *found)
{
  g_autoptr (GPtrArray) more = NULL;

  if (found->len > 0)
    return;
  more = bitket_decoder_decode (decoder, image, G_MAXINT64);
  g_ptr_array_extend_and_steal (found, g_steal_pointer (&more));
}

/* Reads what was made of the frame; corners come out as they lie in the frame. */
static void
run_made (BitketDecoder *decoder,
          const BitketGrayBuffer *made,
          const BitketGrayImage *image,
          GPtrArray *found)
{
  BitketGrayImage view = bitket_gray_buffer_view (made);

  if (found->len > 0)
    return;
  run (decoder, &view, found);
  for (guint i = 0; i < found->len; i++)
    {
      BitketDecoded *decoded = g_ptr_array_index (found, i);

      for (int k = 0; k < 8; k += 2)
        {
          decoded->corners[k] *= (float) image->width / made->width;
          decoded->corners[k + 1] *= (float) image->height / made->height;
        }
    }
}

static void
shrink_to (const BitketGrayImage *image, int side, BitketGrayBuffer *out)
{
  int longer = MAX (image->width, image->height);

  side = MIN (longer, side);
  bitket_gray_shrink (image, (gint64) image->width * side / longer,
                      (gint64) image->height * side / longer, out);
}

static void
make_contrast (BitketCascadeDecoder *self, const BitketGrayBuffer *from, int window)
{
  BitketGrayImage view = bitket_gray_buffer_view (from);

  bitket_gray_contrast (&view, MAX (MAX (view.width, view.height) / window, 4), CONTRAST_GAIN,
                        &self->contrast);
}

static void
run_harder (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  run (self->harder, image, found);
}

static void
run_histogram (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  run (self->histogram, image, found);
}

static void
run_contrast (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  shrink_to (image, SMALL_SIDE, &self->small);
  make_contrast (self, &self->small, CONTRAST_WINDOW);
  run_made (self->zbar, &self->contrast, image, found);
}

/* A code in white on black, as phones in dark mode show it. ZXing takes local means itself, so it
 * gets the picture as it is. */
static void
run_inverted (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  BitketGrayImage small = bitket_gray_buffer_view (&self->small);

  bitket_gray_pack (&small, &self->other);
  bitket_gray_invert (&self->other);
  run_made (self->fast, &self->other, image, found);
}

static void
read_code (BitketCascadeDecoder *self,
           const BitketFinderCode *code,
           const BitketGrayImage *image,
           GPtrArray *found)
{
  static const int sides[4][2] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } };
  double scale = (double) image->width / self->small.width;

  bitket_finder_rectify (code, image, scale, &self->other);
  run_made (self->fast, &self->other, image, found);
  make_contrast (self, &self->other, CONTRAST_RECTIFIED);
  run_made (self->fast, &self->contrast, image, found);
  run_made (self->zbar, &self->contrast, image, found);
  for (guint i = 0; i < found->len; i++)
    {
      BitketDecoded *decoded = g_ptr_array_index (found, i);

      for (int k = 0; k < 4; k++)
        {
          double x, y;

          bitket_finder_map (code, sides[k][0] * code->n_modules, sides[k][1] * code->n_modules, &x,
                             &y);
          decoded->corners[2 * k] = x * scale;
          decoded->corners[2 * k + 1] = y * scale;
        }
    }
}

/* Looks for the eyes of codes, and reads each code upright and large enough: this takes slant, turn
 * and smallness away. A frame with no such eyes is not worth the stages that follow. */
static void
run_rectified (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  BitketFinderPattern patterns[MAX_PATTERNS];
  BitketFinderCode codes[MAX_CODES];
  BitketGrayImage contrast;
  guint n_codes;

  make_contrast (self, &self->small, CONTRAST_WIDE);
  contrast = bitket_gray_buffer_view (&self->contrast);
  n_codes = bitket_finder_match (patterns, bitket_finder_find (&contrast, patterns, MAX_PATTERNS),
                                 codes, MAX_CODES);
  self->is_worthwhile = n_codes > 0;
  for (guint i = 0; i < n_codes && found->len == 0; i++)
    {
      if (g_get_monotonic_time () >= self->deadline_us)
        return;
      read_code (self, &codes[i], image, found);
    }
}

/* ZXing is quick on small pictures, and each of them shows other codes: half the size and a quarter
 * of it, plain and stretched. */
static void
run_small (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  run_made (self->histogram, &self->small, image, found);
  make_contrast (self, &self->small, CONTRAST_WIDE);
  run_made (self->histogram, &self->contrast, image, found);
  shrink_to (image, TINY_SIDE, &self->tiny);
  run_made (self->fast, &self->tiny, image, found);
  run_made (self->histogram, &self->tiny, image, found);
  make_contrast (self, &self->tiny, CONTRAST_WINDOW);
  run_made (self->fast, &self->contrast, image, found);
  run_made (self->zbar, &self->contrast, image, found);
}

/* Noise and the stripes of a screen go, modules of three pixels stay. */
static void
run_softened (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  bitket_gray_soften (image, &self->other);
  run_made (self->fast, &self->other, image, found);
  run_made (self->histogram, &self->other, image, found);
}

static void
run_narrow (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  make_contrast (self, &self->small, CONTRAST_NARROW);
  run_made (self->fast, &self->contrast, image, found);
  run_made (self->zbar, &self->contrast, image, found);
}

static void
run_wide (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  make_contrast (self, &self->small, CONTRAST_WIDE);
  run_made (self->zbar, &self->contrast, image, found);
}

static void
run_whole (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  run (self->zbar, image, found);
}

static void
run_whole_contrast (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  bitket_gray_pack (image, &self->other);
  make_contrast (self, &self->other, CONTRAST_WINDOW);
  run_made (self->harder, &self->contrast, image, found);
  run_made (self->zbar, &self->contrast, image, found);
}

/* In this order: what later stages look at was made by earlier ones. */
typedef enum
{
  STAGE_ALWAYS,
  STAGE_WORTHWHILE, /* only where something looks like a code, or there is no deadline */
  STAGE_HEAVY,      /* takes longer than a frame lasts: only where there is no deadline */
} StageWhen;

static const struct
{
  StageFunc run;
  StageWhen when;
} stages[] = {
  { run_harder, STAGE_ALWAYS },        { run_histogram, STAGE_ALWAYS },
  { run_contrast, STAGE_ALWAYS },      { run_inverted, STAGE_ALWAYS },
  { run_rectified, STAGE_ALWAYS },     { run_small, STAGE_WORTHWHILE },
  { run_softened, STAGE_WORTHWHILE },  { run_narrow, STAGE_WORTHWHILE },
  { run_wide, STAGE_HEAVY },           { run_whole, STAGE_HEAVY },
  { run_whole_contrast, STAGE_HEAVY },
};

static gboolean
has_turn (BitketCascadeDecoder *self, StageWhen when)
{
  if (when == STAGE_ALWAYS || self->deadline_us == G_MAXINT64)
    return TRUE;
  return when == STAGE_WORTHWHILE && self->is_worthwhile;
}

static void
bitket_cascade_decoder_decode (BitketDecoder *decoder,
                               const BitketGrayImage *image,
                               gint64 deadline_us,
                               GPtrArray *found)
{
  BitketCascadeDecoder *self = BITKET_CASCADE_DECODER (decoder);

  self->deadline_us = deadline_us;
  self->is_worthwhile = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (stages) && found->len == 0; i++)
    {
      if (g_get_monotonic_time () >= deadline_us)
        return;
      if (has_turn (self, stages[i].when))
        stages[i].run (self, image, found);
    }
}

static void
bitket_cascade_decoder_dispose (GObject *object)
{
  BitketCascadeDecoder *self = BITKET_CASCADE_DECODER (object);

  g_clear_object (&self->harder);
  g_clear_object (&self->histogram);
  g_clear_object (&self->fast);
  g_clear_object (&self->zbar);
  G_OBJECT_CLASS (bitket_cascade_decoder_parent_class)->dispose (object);
}

static void
bitket_cascade_decoder_finalize (GObject *object)
{
  BitketCascadeDecoder *self = BITKET_CASCADE_DECODER (object);

  bitket_gray_buffer_clear (&self->small);
  bitket_gray_buffer_clear (&self->tiny);
  bitket_gray_buffer_clear (&self->contrast);
  bitket_gray_buffer_clear (&self->other);
  G_OBJECT_CLASS (bitket_cascade_decoder_parent_class)->finalize (object);
}

static void
bitket_cascade_decoder_class_init (BitketCascadeDecoderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bitket_cascade_decoder_dispose;
  object_class->finalize = bitket_cascade_decoder_finalize;
}

static void
bitket_cascade_decoder_init (BitketCascadeDecoder *self)
{
  self->harder = bitket_zxing_decoder_new (BITKET_ZXING_HARDER);
  self->histogram = bitket_zxing_decoder_new (BITKET_ZXING_HISTOGRAM);
  self->fast = bitket_zxing_decoder_new (BITKET_ZXING_FAST);
  self->zbar = bitket_zbar_decoder_new ();
}

static void
decoder_iface_init (BitketDecoderInterface *iface)
{
  iface->decode = bitket_cascade_decoder_decode;
}

BitketDecoder *
bitket_cascade_decoder_new (void)
{
  return g_object_new (BITKET_TYPE_CASCADE_DECODER, NULL);
}
