#pragma once

#include <string>
#include <string_view>

#include "runtime/base/hash.h"
#include "runtime/base/time.h"
#include "runtime/store/keeper.h"
#include "runtime/store/sqlite/database.h"

// Contents kept by their hash: compressed, small ones in the table `blobs`, big ones in files under
// "PATH.blobs/ab/cd…". A content is there before any record that names it.
namespace yoke::sqlite {

inline constexpr std::size_t kInlineBytesMax = 4 << 10;  // bodies up to here stay in the journal
inline constexpr std::size_t kTableBytesMax = 64
                                              << 10;  // compressed contents up to here, in `blobs`

class Contents {
 public:
  Contents(Database& database, std::string store_path)
      : database_(database), folder_(std::move(store_path) + ".blobs") {}

  // Keeps `content` unless it is kept already. Inside a transaction.
  // StoreFault when its file cannot be written: nothing is in the table then.
  void put(const Hash& hash, std::string_view content, Micros now);

  // Forgets a content. Inside a transaction; its file goes with remove_erased_files() after it.
  void drop(const Hash& hash);
  // Removes the files of what was dropped, also by an earlier process.
  void remove_erased_files();

  // Removes files that are in no row of the table and were written before then.
  SweptFiles sweep(Micros before);

  // Errors: not_found; unavailable when what is kept is damaged.
  Result<std::string> get(const Hash& hash);

 private:
  bool has(const Hash& hash);
  std::string file_of(const Hash& hash) const;
  void write_file(const Hash& hash, std::string_view packed);

  Database& database_;
  std::string folder_;
  bool may_have_erased_ = true;
};

}  // namespace yoke::sqlite
