#include "tools/plugins/unzip.h"

#include <sys/stat.h>
#include <zip.h>

#include <memory>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kRatioCountsFrom = 1u << 20;
constexpr std::uint16_t kFirstDosDay = 0x21;  // 1980-01-01: the same bytes on any day
constexpr std::uint32_t kPlainFileBits = (S_IFREG | 0644u) << 16;
constexpr std::uint32_t kUnixLinkBits = S_IFLNK;

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;
using Source = std::unique_ptr<zip_source_t, FreeSource>;

struct ZipError {
  ZipError() { zip_error_init(&value); }
  ~ZipError() { zip_error_fini(&value); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  std::string text() { return zip_error_strerror(&value); }
  zip_error_t value;
};

Error entry_refused(Errc code, const std::string& name, const std::string& why) {
  return Error{code, "the entry '" + shorten(printable(name), 120) + "' is refused: " + why};
}

class Unzipper {
 public:
  Unzipper(zip_t* archive, const PackageLimits& limits) : archive_(archive), limits_(limits) {}

  Result<std::map<std::string, std::string>> all() {
    const zip_int64_t entries = zip_get_num_entries(archive_, 0);
    if (entries < 0 || static_cast<std::size_t>(entries) > limits_.entries_max) {
      return Error{Errc::too_large, "the zip has " + std::to_string(entries) +
                                        " entries, at most " + std::to_string(limits_.entries_max) +
                                        " are read"};
    }
    for (zip_int64_t i = 0; i < entries; ++i) {
      if (Result<void> taken = take(static_cast<zip_uint64_t>(i)); !taken) return taken.error();
    }
    return std::move(files_);
  }

 private:
  Result<void> take(zip_uint64_t index) {
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_stat_index(archive_, index, ZIP_FL_ENC_RAW, &about) != 0 || about.name == nullptr) {
      return Error{Errc::invalid, "entry " + std::to_string(index) + " of the zip cannot be read"};
    }
    std::string name = about.name;
    const bool folder = name.ends_with('/');
    if (folder) name.pop_back();
    if (Result<void> fine = require_package_name(name); !fine) return fine;
    if (Result<void> fine = require_plain(index, name, about); !fine) return fine;
    if (folder) return {};
    if (files_.contains(name)) return entry_refused(Errc::denied, name, "it is there twice");
    Result<std::string> text = inflate(index, name, about.comp_size);
    if (!text) return text.error();
    files_[name] = std::move(*text);
    return {};
  }

  Result<void> require_plain(zip_uint64_t index, const std::string& name,
                             const zip_stat_t& about) const {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    zip_file_get_external_attributes(archive_, index, 0, &system, &attributes);
    const std::uint32_t kind = (attributes >> 16) & S_IFMT;
    if (kind == kUnixLinkBits) return entry_refused(Errc::denied, name, "it is a link");
    if (kind != 0 && kind != S_IFREG && kind != S_IFDIR) {
      return entry_refused(Errc::denied, name, "it is no plain file");
    }
    if (about.encryption_method != ZIP_EM_NONE) {
      return entry_refused(Errc::denied, name, "it is encrypted");
    }
    if (about.comp_method != ZIP_CM_STORE && about.comp_method != ZIP_CM_DEFLATE) {
      return entry_refused(Errc::unsupported, name, "its compression is neither store nor deflate");
    }
    return {};
  }

  Result<std::string> inflate(zip_uint64_t index, const std::string& name, std::size_t packed) {
    const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive_, index, 0));
    if (!file) return entry_refused(Errc::invalid, name, zip_strerror(archive_));
    std::string text;
    std::string piece(64 << 10, '\0');
    for (;;) {
      const zip_int64_t got = zip_fread(file.get(), piece.data(), piece.size());
      if (got < 0) {
        return entry_refused(Errc::invalid, name,
                             zip_error_strerror(zip_file_get_error(file.get())));
      }
      if (got == 0) return text;
      text.append(piece, 0, static_cast<std::size_t>(got));
      total_ += static_cast<std::size_t>(got);
      if (Result<void> fine = within_limits(name, text.size(), packed); !fine) return fine.error();
    }
  }

  Result<void> within_limits(const std::string& name, std::size_t bytes, std::size_t packed) const {
    if (bytes > limits_.file_bytes_max) {
      return entry_refused(
          Errc::too_large, name,
          "it unpacks to over " + std::to_string(limits_.file_bytes_max) + " bytes");
    }
    if (total_ > limits_.total_bytes_max) {
      return entry_refused(
          Errc::too_large, name,
          "with it the zip unpacks to over " + std::to_string(limits_.total_bytes_max) + " bytes");
    }
    if (bytes > kRatioCountsFrom && bytes / limits_.ratio_max > packed) {
      return entry_refused(
          Errc::too_large, name,
          "it unpacks to over " + std::to_string(limits_.ratio_max) + " times its size");
    }
    return {};
  }

  zip_t* archive_;
  const PackageLimits& limits_;
  std::size_t total_ = 0;
  std::map<std::string, std::string> files_;
};

Error cannot_write(ZipError& error) {
  return Error{Errc::unavailable, "the zip cannot be written: " + error.text()};
}

Result<void> add_file(zip_t* archive, const std::string& name, const std::string& text) {
  Source source(zip_source_buffer(archive, text.data(), text.size(), 0));
  const zip_int64_t index =
      source ? zip_file_add(archive, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8) : -1;
  if (index < 0) return Error{Errc::unavailable, zip_strerror(archive), name};
  static_cast<void>(source.release());  // the archive's own now
  const auto at = static_cast<zip_uint64_t>(index);
  zip_file_set_dostime(archive, at, 0, kFirstDosDay, 0);
  zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, kPlainFileBits);
  zip_set_file_compression(archive, at, ZIP_CM_DEFLATE, 9);
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> unzip(std::string bytes, const PackageLimits& limits) {
  if (bytes.empty()) return Error{Errc::invalid, "the zip is empty"};
  ZipError error;
  Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error.value));
  if (!source) return Error{Errc::invalid, "the zip cannot be read: " + error.text()};
  const Archive archive(zip_open_from_source(source.get(), ZIP_RDONLY, &error.value));
  if (!archive) return Error{Errc::invalid, "the zip cannot be read: " + error.text()};
  static_cast<void>(source.release());
  return Unzipper(archive.get(), limits).all();
}

Result<std::string> write_zip(const std::map<std::string, std::string>& files) {
  ZipError error;
  Source source(zip_source_buffer_create(nullptr, 0, 0, &error.value));
  if (!source) return cannot_write(error);
  zip_source_keep(source.get());  // one for the archive, one to read what it wrote
  Archive archive(zip_open_from_source(source.get(), ZIP_CREATE | ZIP_TRUNCATE, &error.value));
  if (!archive) {
    zip_source_free(source.get());
    return cannot_write(error);
  }
  for (const auto& [name, text] : files) {
    if (Result<void> fine = require_package_name(name); !fine) {
      return Error{Errc::invalid, fine.error().detail};
    }
    if (Result<void> added = add_file(archive.get(), name, text); !added) return added.error();
  }
  if (zip_close(archive.get()) != 0) {
    return Error{Errc::unavailable,
                 "the zip cannot be written: " + std::string(zip_strerror(archive.get()))};
  }
  static_cast<void>(archive.release());
  if (zip_source_open(source.get()) != 0) return Error{Errc::unavailable, "the zip is gone"};
  std::string bytes;
  std::string piece(64 << 10, '\0');
  zip_int64_t got = 0;
  while ((got = zip_source_read(source.get(), piece.data(), piece.size())) > 0) {
    bytes.append(piece, 0, static_cast<std::size_t>(got));
  }
  zip_source_close(source.get());
  if (got < 0 || (bytes.empty() && !files.empty())) {
    return Error{Errc::unavailable, "the zip cannot be read back"};
  }
  return bytes;
}

}  // namespace yoke
