#include "tools/broker/sqlite_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

// A file system for SQLite in which there is one file, which is already open.
namespace yoke {
namespace {

constexpr const char* kName = "yoke-descriptor";

// Where other processes that use the same database agree to lock it (as in SQLite's own unix file
// system).
constexpr off_t kPendingByte = 0x40000000;
constexpr off_t kSharedFirst = kPendingByte + 2;
constexpr off_t kSharedSize = 510;

struct DescriptorFile {
  sqlite3_file base;  // first, as SQLite wants it
  int descriptor;
  bool locked;
};

DescriptorFile* own(sqlite3_file* file) { return reinterpret_cast<DescriptorFile*>(file); }

// Locks belong to the open file, not to the process: another user of it here is not disturbed.
bool set_lock(int descriptor, short kind, off_t start, off_t size) {
  struct flock lock {};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = size;
  return ::fcntl(descriptor, F_OFD_SETLK, &lock) == 0;
}

int close_file(sqlite3_file* file) {
  if (own(file)->locked) set_lock(own(file)->descriptor, F_UNLCK, kSharedFirst, kSharedSize);
  return SQLITE_OK;  // the descriptor is the caller's
}

// The two bytes of the header that say how the file is written and read: what was written with a
// write-ahead log is shown as one that is written without, for here none is read.
void hide_log(char* bytes, std::int64_t offset, int size) {
  for (std::int64_t at = 18; at <= 19; ++at) {
    if (at >= offset && at < offset + size && bytes[at - offset] == 2) bytes[at - offset] = 1;
  }
}

int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  auto* bytes = static_cast<char*>(into);
  int have = 0;
  while (have < size) {
    const ssize_t got = ::pread(own(file)->descriptor, bytes + have,
                                static_cast<std::size_t>(size - have), offset + have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SQLITE_IOERR_READ;
    if (got == 0) break;
    have += static_cast<int>(got);
  }
  hide_log(bytes, offset, have);
  if (have == size) return SQLITE_OK;
  std::memset(bytes + have, 0, static_cast<std::size_t>(size - have));
  return SQLITE_IOERR_SHORT_READ;
}

int refuse_write(sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; }
int refuse_truncate(sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; }
int do_nothing(sqlite3_file*, int) { return SQLITE_OK; }

int size_of(sqlite3_file* file, sqlite3_int64* size) {
  struct stat facts {};
  if (::fstat(own(file)->descriptor, &facts) != 0) return SQLITE_IOERR_FSTAT;
  *size = facts.st_size;
  return SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) {
  if (level != SQLITE_LOCK_SHARED) return SQLITE_READONLY;
  if (own(file)->locked) return SQLITE_OK;
  // A writer that waits for its turn holds the pending byte, so that readers do not starve it.
  if (!set_lock(own(file)->descriptor, F_RDLCK, kPendingByte, 1)) return SQLITE_BUSY;
  own(file)->locked = set_lock(own(file)->descriptor, F_RDLCK, kSharedFirst, kSharedSize);
  set_lock(own(file)->descriptor, F_UNLCK, kPendingByte, 1);
  return own(file)->locked ? SQLITE_OK : SQLITE_BUSY;
}

int unlock_file(sqlite3_file* file, int level) {
  if (level != SQLITE_LOCK_NONE || !own(file)->locked) return SQLITE_OK;
  own(file)->locked = false;
  const bool done = set_lock(own(file)->descriptor, F_UNLCK, kSharedFirst, kSharedSize);
  return done ? SQLITE_OK : SQLITE_IOERR_UNLOCK;
}

int no_reserved_lock(sqlite3_file*, int* held) {
  *held = 0;
  return SQLITE_OK;
}
int no_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }
int no_characteristics(sqlite3_file*) { return 0; }

const sqlite3_io_methods kMethods = {
    1,
    close_file,
    read_file,
    refuse_write,
    refuse_truncate,
    do_nothing,
    size_of,
    lock_file,
    unlock_file,
    no_reserved_lock,
    no_control,
    sector_size,
    no_characteristics,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || name == nullptr) return SQLITE_CANTOPEN;
  own(file)->descriptor = static_cast<int>(sqlite3_uri_int64(name, "descriptor", -1));
  own(file)->locked = false;
  file->pMethods = &kMethods;
  if (flags_out != nullptr) *flags_out = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
  return SQLITE_OK;
}

int refuse_delete(sqlite3_vfs*, const char*, int) { return SQLITE_IOERR_DELETE; }

int nothing_there(sqlite3_vfs*, const char*, int, int* there) {
  *there = 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

sqlite3_vfs make_file_system() {
  const sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  sqlite3_vfs ours{};
  ours.iVersion = 1;
  ours.szOsFile = sizeof(DescriptorFile);
  ours.mxPathname = 512;
  ours.zName = kName;
  ours.xOpen = open_file;
  ours.xDelete = refuse_delete;
  ours.xAccess = nothing_there;
  ours.xFullPathname = full_name;
  ours.xRandomness = system->xRandomness;  // none of these looks at the file system it belongs to
  ours.xSleep = system->xSleep;
  ours.xCurrentTime = system->xCurrentTime;
  ours.xGetLastError = system->xGetLastError;
  return ours;
}

bool register_file_system() {
  static sqlite3_vfs ours = make_file_system();
  static const bool registered = sqlite3_vfs_register(&ours, 0) == SQLITE_OK;
  return registered;
}

}  // namespace

Result<sqlite3*> open_database_file(int file) {
  if (!register_file_system()) return Error{Errc::unavailable, "SQLite takes no file system"};
  const std::string name = "file:database?descriptor=" + std::to_string(file);
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(name.c_str(), &connection, flags, kName);
  if (code == SQLITE_OK) return connection;
  sqlite3_close(connection);
  return Error{Errc::unavailable, std::string("SQLite: ") + sqlite3_errstr(code)};
}

}  // namespace yoke
