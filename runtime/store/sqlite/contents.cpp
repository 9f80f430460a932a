#include "runtime/store/sqlite/contents.h"

#include <sys/stat.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

#include "runtime/store/rules.h"
#include "runtime/store/sqlite/file.h"
#include "runtime/store/store.h"

namespace yoke::sqlite {
namespace {

constexpr int kCodecPlain = 0;
constexpr int kCodecZstd = 1;
constexpr int kTierTable = 0;
constexpr int kTierFile = 1;
constexpr int kZstdLevel = 3;

// The content compressed; nothing when that makes it no smaller.
std::optional<std::string> compressed(std::string_view content) {
  std::string packed(ZSTD_compressBound(content.size()), '\0');
  const std::size_t bytes =
      ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), kZstdLevel);
  if (ZSTD_isError(bytes) != 0 || bytes >= content.size()) return std::nullopt;
  packed.resize(bytes);
  return packed;
}

std::optional<std::string> uncompressed(std::string_view packed, std::size_t size) {
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) return std::nullopt;
  std::string content(size, '\0');
  const std::size_t bytes =
      ZSTD_decompress(content.data(), content.size(), packed.data(), packed.size());
  if (ZSTD_isError(bytes) != 0 || bytes != size) return std::nullopt;
  return content;
}

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Error damaged(const Hash& hash) {
  return Error{Errc::unavailable, "the content with hash " + to_hex(hash) + " is damaged"};
}

void make_folder(const std::string& folder) {
  const Result<void> made = make_folders(folder);
  if (!made) throw StoreFault(made.error().message());
}

}  // namespace

void Contents::put(const Hash& hash, std::string_view content, Micros now) {
  if (has(hash)) return;
  const std::optional<std::string> packed = compressed(content);
  const std::string_view kept = packed ? std::string_view(*packed) : content;
  const bool in_file = kept.size() > kTableBytesMax;
  if (in_file) write_file(hash, kept);
  if (in_file) {
    Query keep_file = database_.sql("DELETE FROM erased_files WHERE hash=?1");
    keep_file.bind(hash).run();
  }
  Query insert = database_.sql(
      "INSERT INTO blobs(hash, size, codec, tier, data, born) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  std::optional<Blob> data;
  if (!in_file) data = Blob{kept};
  insert.bind(hash, static_cast<std::int64_t>(content.size()), packed ? kCodecZstd : kCodecPlain,
              in_file ? kTierFile : kTierTable, data, now);
  insert.run();
}

void Contents::drop(const Hash& hash) {
  Query in_file = database_.sql(
      "INSERT OR IGNORE INTO erased_files(hash) SELECT hash FROM blobs WHERE hash=?1 AND tier=?2");
  in_file.bind(hash, kTierFile).run();
  Query drop = database_.sql("DELETE FROM blobs WHERE hash=?1");
  drop.bind(hash).run();
  may_have_erased_ = true;
}

// Files first: a crash in between finds them named still.
void Contents::remove_erased_files() {
  if (!may_have_erased_) return;
  std::vector<Hash> gone;
  {
    Query query = database_.sql("SELECT hash FROM erased_files");
    while (query.step()) gone.push_back(query.hash(0));
  }
  for (const Hash& hash : gone) {
    std::error_code ignored;
    std::filesystem::remove(file_of(hash), ignored);
    Query forget = database_.sql("DELETE FROM erased_files WHERE hash=?1");
    forget.bind(hash).run();
  }
  may_have_erased_ = false;
}

SweptFiles Contents::sweep(Micros before) {
  namespace fs = std::filesystem;
  SweptFiles swept;
  std::error_code ignored;
  for (const fs::directory_entry& each : fs::recursive_directory_iterator(folder_, ignored)) {
    if (!each.is_regular_file(ignored)) continue;
    const Result<Hash> hash = hash_from_hex(each.path().parent_path().filename().string() +
                                            each.path().filename().string());
    struct stat found = {};
    const bool is_old = ::stat(each.path().c_str(), &found) == 0 &&
                        static_cast<Micros>(found.st_mtime) * 1'000'000 < before;
    if (!hash || !is_old || has(*hash)) continue;
    swept.bytes += found.st_size;
    if (fs::remove(each.path(), ignored)) ++swept.files;
  }
  return swept;
}

Result<std::string> Contents::get(const Hash& hash) {
  Query query = database_.sql("SELECT size, codec, tier, data FROM blobs WHERE hash=?1");
  query.bind(hash);
  if (!query.step()) return store_rules::no_such_blob(hash);
  const auto size = static_cast<std::size_t>(query.integer(0));
  std::string kept = query.integer(2) == kTierFile ? whole_file(file_of(hash)) : query.string(3);
  if (query.integer(1) == kCodecZstd) {
    std::optional<std::string> content = uncompressed(kept, size);
    if (!content) return damaged(hash);
    kept = std::move(*content);
  }
  if (sha256(kept) != hash) return damaged(hash);
  return kept;
}

bool Contents::has(const Hash& hash) {
  Query query = database_.sql("SELECT 1 FROM blobs WHERE hash=?1");
  query.bind(hash);
  return query.step();
}

std::string Contents::file_of(const Hash& hash) const {
  const std::string hex = to_hex(hash);
  return folder_ + "/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

void Contents::write_file(const Hash& hash, std::string_view packed) {
  const std::string path = file_of(hash);
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(path, ignored);
  if (!ignored && bytes == packed.size()) return;  // left by a transaction that did not commit
  make_folder(folder_of(path));
  write_whole(path, packed);
}

}  // namespace yoke::sqlite
