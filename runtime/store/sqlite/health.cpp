#include "runtime/store/sqlite/health.h"

#include <sqlite3.h>

namespace yoke::sqlite {

void Health::check() const {
  if (!ended_) return;
  const std::lock_guard lock(mutex_);
  throw StoreFault(why_);
}

std::string Health::judge(const SqlError& error) {
  const std::string what = error.what();
  switch (error.code()) {
    case SQLITE_FULL:
      return "the disk is full: nothing of this call is in the store '" + path_ +
             "'; it goes on once there is room";
    case SQLITE_IOERR:
      end("the disk under the store '" + path_ + "' failed (" + what +
          "); the process must be started again once it is sound");
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      end("the store '" + path_ + "' is damaged (" + what + "); restore it from a backup");
      break;
    default:
      return "the store '" + path_ + "' failed: " + what + "; nothing of this call is kept";
  }
  const std::lock_guard lock(mutex_);
  return why_;
}

void Health::end(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;  // the first reason is the one that matters
  why_ = why;
  ended_ = true;
}

}  // namespace yoke::sqlite
