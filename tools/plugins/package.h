#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace yoke {

struct PackageLimits {
  std::size_t zip_bytes_max = 64u << 20;
  std::size_t entries_max = 4096;
  std::size_t file_bytes_max = 16u << 20;    // each, unpacked
  std::size_t total_bytes_max = 128u << 20;  // together, unpacked
  std::size_t ratio_max = 200;               // unpacked to packed, of a file over 1 MiB
};

// The files of a plugin or app package, read-only: a folder, or a zip that was unpacked into
// memory. Names are relative with '/', and never lead out of it.
//
// Threads: none of its own; small blocking file access. What was read once stays as it was.
// Errors:  of read(): not_found, denied (it leads out of the folder, or is no plain file),
//          too_large. Each names the file.
class Package {
 public:
  // `path` is a folder, a zip, or a file: then the folder it lies in, and `entry` is its name.
  // Of a zip refused, by the entry's name: what leads out of the folder, links, names twice there,
  // encryption, compression other than deflate, and what unpacks to more than the limits, which
  // are watched while it unpacks and not taken from its headers.
  static Result<std::shared_ptr<Package>> open(const std::string& path,
                                               const PackageLimits& limits = {});
  static Result<std::shared_ptr<Package>> from_zip(std::string bytes, const std::string& shown,
                                                   const PackageLimits& limits = {});
  static std::shared_ptr<Package> from_files(std::map<std::string, std::string> files);

  virtual ~Package() = default;
  Package(const Package&) = delete;
  Package& operator=(const Package&) = delete;

  virtual Result<std::string> read(const std::string& name) = 0;
  // All names, sorted. Of a folder: files that begin with a dot and what lies in such folders are
  // left out. Errors: too_large.
  virtual Result<std::vector<std::string>> names() = 0;
  // The file that open() was given; empty for a folder or a zip.
  const std::string& entry() const { return entry_; }

 protected:
  Package() = default;
  std::string entry_;
};

// The file that `reference` names where it stands in `file`: "./cards/a.json" in "x/plugin.json" is
// "x/cards/a.json". Errors: denied where it leads out of the package; invalid: no such name.
Result<std::string> package_path(std::string_view file, std::string_view reference);

// A zip of the files, the same bytes for the same files.
// Errors: invalid: a name that Package would refuse; unavailable.
Result<std::string> write_zip(const std::map<std::string, std::string>& files);

}  // namespace yoke
