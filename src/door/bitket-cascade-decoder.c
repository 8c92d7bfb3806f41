/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-cascade-decoder.h"

#include "bitket-gray.h"
#include "bitket-zbar-decoder.h"
#include "bitket-zxing-decoder.h"

/* The longer side of the picture that the third stage looks at. */
#define SMALL_SIDE 640
/* The window of the local mean: half a side, as a part of the longer side, and the stretch. */
#define CONTRAST_WINDOW 24
#define CONTRAST_GAIN   4

struct _BitketCascadeDecoder
{
  GObject parent_instance;
  BitketDecoder *harder;     /* (owned) ZXing, harder, local average */
  BitketDecoder *histogram;  /* (owned) ZXing, one threshold for the picture */
  BitketDecoder *fast;       /* (owned) ZXing, fast */
  BitketDecoder *zbar;       /* (owned) */
  BitketGrayBuffer small;    /* the frame at SMALL_SIDE */
  BitketGrayBuffer contrast; /* the same, stretched around its local mean */
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
  g_autoptr (GPtrArray) more = bitket_decoder_decode (decoder, image, G_MAXINT64);

  g_ptr_array_extend_and_steal (found, g_steal_pointer (&more));
}

/* Corners found in the small picture, as they lie in the frame. */
static void
scale_corners (GPtrArray *found, const BitketGrayImage *image, const BitketGrayBuffer *small)
{
  for (guint i = 0; i < found->len; i++)
    {
      BitketDecoded *decoded = g_ptr_array_index (found, i);

      for (int k = 0; k < 8; k += 2)
        {
          decoded->corners[k] *= (float) image->width / small->width;
          decoded->corners[k + 1] *= (float) image->height / small->height;
        }
    }
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
  int longer = MAX (image->width, image->height);
  int side = MIN (longer, SMALL_SIDE);
  BitketGrayImage small, contrast;

  bitket_gray_shrink (image, (gint64) image->width * side / longer,
                      (gint64) image->height * side / longer, &self->small);
  small = bitket_gray_buffer_view (&self->small);
  bitket_gray_contrast (&small, MAX (side / CONTRAST_WINDOW, 4), CONTRAST_GAIN, &self->contrast);
  contrast = bitket_gray_buffer_view (&self->contrast);
  run (self->zbar, &contrast, found);
  scale_corners (found, image, &self->small);
}

/* Works on what run_contrast() has left: a code in white on black, as phones in dark mode show.
 * ZXing takes local means itself, so it gets the picture as it is. */
static void
run_inverted (BitketCascadeDecoder *self, const BitketGrayImage *image, GPtrArray *found)
{
  BitketGrayImage inverted;

  bitket_gray_invert (&self->small);
  inverted = bitket_gray_buffer_view (&self->small);
  run (self->fast, &inverted, found);
  scale_corners (found, image, &self->small);
}

static const StageFunc stages[] = {
  run_harder,
  run_histogram,
  run_contrast,
  run_inverted,
};

static void
bitket_cascade_decoder_decode (BitketDecoder *decoder,
                               const BitketGrayImage *image,
                               gint64 deadline_us,
                               GPtrArray *found)
{
  BitketCascadeDecoder *self = BITKET_CASCADE_DECODER (decoder);

  for (gsize i = 0; i < G_N_ELEMENTS (stages) && found->len == 0; i++)
    {
      if (g_get_monotonic_time () >= deadline_us)
        return;
      stages[i](self, image, found);
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
  bitket_gray_buffer_clear (&self->contrast);
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
