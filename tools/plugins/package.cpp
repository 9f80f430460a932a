#include "tools/plugins/package.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "runtime/base/handle.h"
#include "runtime/base/text.h"
#include "tools/broker/beneath.h"
#include "tools/plugins/unzip.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytesMax = 1024;
constexpr int kFolderDepthMax = 16;

std::string shown_name(std::string_view name) { return "'" + shorten(printable(name), 120) + "'"; }

Result<std::string> read_all(int file, const std::string& name, std::size_t bytes_max) {
  std::string text;
  std::string piece(64 << 10, '\0');
  for (;;) {
    const ssize_t got = ::read(file, piece.data(), piece.size());
    if (got < 0) return file_error(errno, name, "read");
    if (got == 0) return text;
    text.append(piece, 0, static_cast<std::size_t>(got));
    if (text.size() > bytes_max) {
      return Error{Errc::too_large, "it is over " + std::to_string(bytes_max) + " bytes", name};
    }
  }
}

bool is_hidden(const std::string& name) {
  return name.starts_with('.') || name.find("/.") != std::string::npos;
}

class FolderPackage final : public Package {
 public:
  FolderPackage(std::string path, Handle root, std::string entry, const PackageLimits& limits)
      : path_(std::move(path)), root_(std::move(root)), limits_(limits) {
    entry_ = std::move(entry);
  }

  Result<std::string> read(const std::string& name) override {
    const auto known = read_.find(name);
    if (known != read_.end()) return known->second;
    if (is_hidden(name)) {  // .env and the like are the operator's, not the package's
      return Error{Errc::denied, "a file or folder that begins with a dot is no part of a package",
                   name};
    }
    Result<Handle> file = open_beneath(root_.get(), name, O_RDONLY);
    if (!file) return file.error();
    if (Result<void> plain = require_regular(*file, name); !plain) return plain.error();
    const std::size_t most = std::min(limits_.file_bytes_max, limits_.total_bytes_max - bytes_);
    Result<std::string> text = read_all(file->get(), name, most);
    if (!text) return text.error();
    bytes_ += text->size();
    read_[name] = *text;
    return text;
  }

  Result<std::vector<std::string>> names() override {
    std::vector<std::string> all;
    std::error_code failed;
    auto each = fs::recursive_directory_iterator(path_, failed);
    for (; !failed && each != fs::recursive_directory_iterator(); each.increment(failed)) {
      const bool apart =
          each->path().filename().string().starts_with('.') || each->is_symlink(failed);
      if (apart || each.depth() >= kFolderDepthMax) each.disable_recursion_pending();
      if (apart || !each->is_regular_file(failed)) continue;
      if (all.size() == limits_.entries_max) {
        return Error{Errc::too_large,
                     "the folder has over " + std::to_string(limits_.entries_max) + " files",
                     path_};
      }
      all.push_back(each->path().lexically_relative(path_).generic_string());
    }
    if (failed) return Error{Errc::unavailable, failed.message(), path_};
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  std::string path_;
  Handle root_;
  PackageLimits limits_;
  std::size_t bytes_ = 0;
  std::map<std::string, std::string> read_;
};

class MemoryPackage final : public Package {
 public:
  explicit MemoryPackage(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  Result<std::string> read(const std::string& name) override {
    const auto found = files_.find(name);
    if (found != files_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [other, text] : files_) known.push_back(other);
    return Error{Errc::not_found,
                 "there is no such file in the package" + did_you_mean(name, known), name};
  }
  Result<std::vector<std::string>> names() override {
    std::vector<std::string> all;
    for (const auto& [name, text] : files_) all.push_back(name);
    return all;
  }

 private:
  std::map<std::string, std::string> files_;
};

bool is_zip(std::string_view bytes) {
  return bytes.starts_with("PK\x03\x04") || bytes.starts_with(std::string_view("PK\x05\x06", 4));
}

Result<std::shared_ptr<Package>> open_folder(const std::string& path, const std::string& entry,
                                             const PackageLimits& limits) {
  Handle root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return file_error(errno, path, "open");
  std::shared_ptr<Package> package =
      std::make_shared<FolderPackage>(path, std::move(root), entry, limits);
  return package;
}

// Whether a name of a zip may be a file's name here, or why not.
std::optional<std::string> trouble_with(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return "its name is empty or too long";
  if (!is_valid_utf8(name)) return "its name is no UTF-8";
  if (name.find('\\') != std::string_view::npos) return "its name has a backslash";
  if (name.front() == '/') return "its name is absolute";
  if (name.size() > 1 && name[1] == ':') return "its name has a drive";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return "its name has a control character";
  }
  for (const std::string& part : split(name, '/')) {
    if (part == "..") return "its name leads out of the folder";
    if (part.empty() || part == ".") return "its name has an empty step";
  }
  return std::nullopt;
}

}  // namespace

Result<void> require_package_name(std::string_view name) {
  const std::optional<std::string> trouble = trouble_with(name);
  if (!trouble) return {};
  return Error{Errc::denied, "the entry " + shown_name(name) + " is refused: " + *trouble};
}

Result<std::shared_ptr<Package>> Package::open(const std::string& path,
                                               const PackageLimits& limits) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return file_error(errno, path, "open");
  if (S_ISDIR(about.st_mode)) return open_folder(path, {}, limits);
  if (!S_ISREG(about.st_mode)) {
    return Error{Errc::invalid, "it is neither a folder nor a file", path};
  }
  const Handle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return file_error(errno, path, "open");
  std::string head(4, '\0');
  const ssize_t got = ::pread(file.get(), head.data(), head.size(), 0);
  if (got == 4 && is_zip(head)) {
    Result<std::string> bytes = read_all(file.get(), path, limits.zip_bytes_max);
    if (!bytes) return bytes.error();
    return from_zip(std::move(*bytes), path, limits);
  }
  const fs::path whole(path);
  const std::string folder = whole.has_parent_path() ? whole.parent_path().string() : ".";
  return open_folder(folder, whole.filename().string(), limits);
}

Result<std::shared_ptr<Package>> Package::from_zip(std::string bytes, const std::string& shown,
                                                   const PackageLimits& limits) {
  Result<std::map<std::string, std::string>> files = unzip(std::move(bytes), limits);
  if (!files) return Error{files.error().code, files.error().detail, shown};
  return from_files(std::move(*files));
}

std::shared_ptr<Package> Package::from_files(std::map<std::string, std::string> files) {
  return std::make_shared<MemoryPackage>(std::move(files));
}

Result<std::string> package_path(std::string_view file, std::string_view reference) {
  std::string_view rest = reference;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  const auto refused = [&](std::string_view why) {
    return Error{Errc::denied, "the file " + shown_name(reference) + " " + std::string(why)};
  };
  if (rest.empty()) return refused("has no name");
  if (rest.front() == '/') return refused("is absolute: name it relative to the manifest");
  if (rest.find('\\') != std::string_view::npos) return refused("has a backslash: write '/'");
  if (rest.find(':') != std::string_view::npos) return refused("is no file of the package");
  std::vector<std::string> steps;
  const std::size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) steps = split(file.substr(0, slash), '/');
  for (const std::string& step : split(rest, '/')) {
    if (step == ".." && steps.empty()) return refused("lies outside of the package");
    if (step == "..") {
      steps.pop_back();
    } else if (!step.empty() && step != ".") {
      steps.push_back(step);
    }
  }
  std::string path = join(steps, "/");
  if (const std::optional<std::string> trouble = trouble_with(path)) return refused(*trouble);
  return path;
}

}  // namespace yoke
