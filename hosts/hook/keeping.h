#pragma once

#include <memory>

#include "hosts/hook/hook_log.h"
#include "hosts/hook/services.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// What `yoke serve` does for the record by the clock: roots over the runs that changed, as [record]
// says, and erasing what [retention] says is past its time.
//
// Ownership: borrows the app and the clock of the services. It outlives the group it begins in.
class RecordKeeping {
 public:
  // Errors: invalid (a section is wrong), and what is wrong with the key: then nothing is to be
  // served.
  static Result<std::unique_ptr<RecordKeeping>> make(HookServices services, HookLog log);
  ~RecordKeeping();
  RecordKeeping(const RecordKeeping&) = delete;
  RecordKeeping& operator=(const RecordKeeping&) = delete;

  void begin(TaskGroup& group);  // goes on until that is cancelled

  struct Parts;
  explicit RecordKeeping(std::unique_ptr<Parts> parts);  // make() makes them

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
