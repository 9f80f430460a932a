# cmake -DBUILD=… -DSOURCE=… -DCOMPILER=… -P embed.cmake: installs BUILD, builds SOURCE/examples/embed
# against that alone, runs it in a project of its own, and reads its run with the installed program.
function(run what)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${where}" RESULT_VARIABLE status
    OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${what}: ${status}\n${out}\n${err}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

set(where "${BUILD}/install-test")
file(REMOVE_RECURSE "${where}")
file(MAKE_DIRECTORY "${where}/project")
run("installing" "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${where}/prefix")
# Copied, so that no header of the source tree can be found by chance.
file(COPY "${SOURCE}/examples/embed" DESTINATION "${where}")
run("configuring" "${CMAKE_COMMAND}" -G Ninja -S "${where}/embed" -B "${where}/build"
  "-DCMAKE_PREFIX_PATH=${where}/prefix" "-DCMAKE_CXX_COMPILER=${COMPILER}"
  "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" "-DCMAKE_CXX_FLAGS=${FLAGS}")
run("building" "${CMAKE_COMMAND}" --build "${where}/build")
set(where "${where}/project")
run("asking" "${BUILD}/install-test/build/oracle" "Will it work")
if(NOT out MATCHES "Without a doubt.\nrun [0-9A-Z]+, \\$0.000012")
  message(FATAL_ERROR "the program answered: ${out}")
endif()
run("reading its run" "${BUILD}/install-test/prefix/bin/yoke" runs show @last)
if(NOT out MATCHES "oracle/eight-ball")
  message(FATAL_ERROR "its run reads: ${out}")
endif()
file(REMOVE_RECURSE "${BUILD}/install-test")
