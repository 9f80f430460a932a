#include "tests/store/faulty_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <new>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

constexpr const char* kName = "yoke-faulty";

// SQLite gives its file methods no place for a context: the one living disk is found here.
FaultyDisk* living_disk = nullptr;

struct FaultyFile {
  sqlite3_file base;
  sqlite3_file* real;  // lies behind this one in the memory SQLite gave
};

sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file)->real; }
const sqlite3_io_methods& methods_of(sqlite3_file* file) { return *real_of(file)->pMethods; }

int close_file(sqlite3_file* file) { return methods_of(file).xClose(real_of(file)); }
int read_file(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  return methods_of(file).xRead(real_of(file), to, bytes, at);
}
int write_file(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  if (living_disk->full) return SQLITE_FULL;
  return methods_of(file).xWrite(real_of(file), from, bytes, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 bytes) {
  return methods_of(file).xTruncate(real_of(file), bytes);
}
int sync_file(sqlite3_file* file, int flags) {
  ++living_disk->syncs;
  if (living_disk->sync_fails) return SQLITE_IOERR_FSYNC;
  return methods_of(file).xSync(real_of(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* bytes) {
  return methods_of(file).xFileSize(real_of(file), bytes);
}
int lock_file(sqlite3_file* file, int level) {
  return methods_of(file).xLock(real_of(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
  return methods_of(file).xUnlock(real_of(file), level);
}
int check_lock(sqlite3_file* file, int* held) {
  return methods_of(file).xCheckReservedLock(real_of(file), held);
}
int control_file(sqlite3_file* file, int op, void* argument) {
  return methods_of(file).xFileControl(real_of(file), op, argument);
}
int sector_size(sqlite3_file* file) { return methods_of(file).xSectorSize(real_of(file)); }
int characteristics(sqlite3_file* file) {
  return methods_of(file).xDeviceCharacteristics(real_of(file));
}
int map_shared(sqlite3_file* file, int page, int bytes, int extend, void volatile** memory) {
  return methods_of(file).xShmMap(real_of(file), page, bytes, extend, memory);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return methods_of(file).xShmLock(real_of(file), offset, count, flags);
}
void barrier_shared(sqlite3_file* file) { methods_of(file).xShmBarrier(real_of(file)); }
int unmap_shared(sqlite3_file* file, int remove) {
  return methods_of(file).xShmUnmap(real_of(file), remove);
}

constexpr sqlite3_io_methods kMethods = {2,
                                         close_file,
                                         read_file,
                                         write_file,
                                         truncate_file,
                                         sync_file,
                                         file_size,
                                         lock_file,
                                         unlock_file,
                                         check_lock,
                                         control_file,
                                         sector_size,
                                         characteristics,
                                         map_shared,
                                         lock_shared,
                                         barrier_shared,
                                         unmap_shared,
                                         nullptr,
                                         nullptr};

sqlite3_vfs* real_vfs(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* faulty = new (file) FaultyFile();
  faulty->real = reinterpret_cast<sqlite3_file*>(faulty + 1);
  const int code = real_vfs(vfs)->xOpen(real_vfs(vfs), name, faulty->real, flags, out_flags);
  faulty->base.pMethods = code == SQLITE_OK ? &kMethods : nullptr;
  return code;
}

sqlite3_vfs faulty_vfs() {
  sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
  sqlite3_vfs vfs = *real;
  vfs.zName = kName;
  vfs.pAppData = real;
  vfs.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real->szOsFile;
  vfs.pNext = nullptr;
  vfs.xOpen = open_file;
  return vfs;
}

}  // namespace

FaultyDisk::FaultyDisk() {
  static sqlite3_vfs vfs = faulty_vfs();
  ENSURE(living_disk == nullptr);
  living_disk = this;
  ENSURE(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs* faulty = sqlite3_vfs_find(kName);
  sqlite3_vfs_register(static_cast<sqlite3_vfs*>(faulty->pAppData), 1);
  sqlite3_vfs_unregister(faulty);
  living_disk = nullptr;
}

}  // namespace yoke
