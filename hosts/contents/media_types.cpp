#include "hosts/contents/media_types.h"

#include <array>

namespace yoke {
namespace {

struct FileKind {
  std::string_view media_type;
  std::string_view extension;
  std::string_view begins = {};  // empty: it is not told by its bytes
};

constexpr std::array kFileKinds = {
    FileKind{"image/png", ".png", "\x89PNG\r\n\x1a\n"},
    FileKind{"image/jpeg", ".jpg", "\xFF\xD8\xFF"},
    FileKind{"image/gif", ".gif", "GIF87a"},
    FileKind{"image/gif", ".gif", "GIF89a"},
    FileKind{"image/webp", ".webp"},
    FileKind{"image/svg+xml", ".svg"},
    FileKind{"application/pdf", ".pdf", "%PDF-"},
    FileKind{"application/zip", ".zip", "PK\x03\x04"},
    FileKind{"application/gzip", ".gz", "\x1F\x8B\x08"},
    FileKind{"application/json", ".json"},
    FileKind{"audio/wav", ".wav"},
    FileKind{"audio/mpeg", ".mp3"},
    FileKind{"audio/ogg", ".ogg", "OggS"},
    FileKind{"video/mp4", ".mp4"},
    FileKind{"text/plain", ".txt"},
    FileKind{"text/html", ".html"},
    FileKind{"text/csv", ".csv"},
};

std::string with_tenth(std::size_t bytes, std::size_t unit, const char* name) {
  const std::size_t tenths = (bytes + unit / 20) / (unit / 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + name;
}

}  // namespace

std::string_view media_type_of_bytes(std::string_view bytes) {
  for (const FileKind& kind : kFileKinds) {
    if (!kind.begins.empty() && bytes.starts_with(kind.begins)) return kind.media_type;
  }
  if (!bytes.starts_with("RIFF")) return {};
  const std::string_view form = bytes.substr(0, 12);
  if (form.ends_with("WEBP")) return "image/webp";
  return form.ends_with("WAVE") ? "audio/wav" : std::string_view();
}

std::string_view extension_of_type(std::string_view media_type) {
  const std::string_view alone = media_type.substr(0, media_type.find(';'));
  for (const FileKind& kind : kFileKinds) {
    if (alone == kind.media_type) return kind.extension;
  }
  return ".bin";
}

std::string size_words(std::size_t bytes) {
  constexpr std::size_t kKilo = 1000;
  constexpr std::size_t kMega = kKilo * kKilo;
  if (bytes < kKilo) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  if (bytes < kMega - kKilo / 20) return with_tenth(bytes, kKilo, " KB");
  return with_tenth(bytes, kMega, " MB");
}

}  // namespace yoke
