#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"

namespace yoke {

double wall_ms();
double cpu_ms();                // of this process, user and system
double cpu_ms_with_children();  // and of every process below it, as long as those live
// What the processes below this one hold that no other process shares; 0 where it may not be read.
double children_memory_mb();
int children_count();
double memory_mb(const char* field);  // of this process: "VmHWM:" is the peak, "VmRSS:" now

// `share` 0.5 is the median; 0 of nothing.
double percentile(std::vector<double> values, double share);

// Processor time of a fixed piece of work: what is beside it in a table can be scaled by it, for
// one virtual machine's clock is not another's, and not its own an hour later.
double yardstick_ms();

// About 1 KB of JSON, as a tool is given it.
Json document();

// A folder of its own under the working directory, whose disk is the one that is measured; removed
// at the end.
class BenchFolder {
 public:
  BenchFolder();
  ~BenchFolder();
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const;
  double bytes(const std::string& name) const;  // of a file, or of all files of a folder

 private:
  std::string path_;
};

// Syncs a page so many times, one after the other; milliseconds of wall time each.
double bare_sync_ms(const BenchFolder& folder, int times);

}  // namespace yoke
