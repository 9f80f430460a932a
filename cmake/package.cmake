# `cpack`: a Debian package and a tarball of the program alone, for any x86-64 or arm64 Linux whose glibc
# is of Debian 12's age or newer. dev/package makes and tries both.
#
# With YOKE_PORTABLE the program is linked to the archives that Debian has, and every other library
# except those of glibc lies in lib/yoke beside it. DT_RPATH, not DT_RUNPATH, finds them: it holds for
# what those libraries need in their turn, and no LD_LIBRARY_PATH comes before it.
if(NOT YOKE_PORTABLE)
  return()
endif()

set_target_properties(yoke PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/yoke")
target_link_options(yoke PRIVATE -Wl,--disable-new-dtags -Wl,--build-id)

set(yoke_share "${PROJECT_BINARY_DIR}/share")
add_custom_command(OUTPUT "${yoke_share}/stamp"
  COMMAND "${PROJECT_SOURCE_DIR}/dev/package-share" "$<TARGET_FILE:yoke>" "${yoke_share}"
  COMMAND "${CMAKE_COMMAND}" -E touch "${yoke_share}/stamp"
  DEPENDS yoke "${PROJECT_SOURCE_DIR}/dev/package-share"
  COMMENT "Writing completions, the manual and licences")
add_custom_target(yoke_package_share ALL DEPENDS "${yoke_share}/stamp")

install(DIRECTORY "${yoke_share}/" DESTINATION share COMPONENT program PATTERN stamp EXCLUDE)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples/probes" DESTINATION share/yoke COMPONENT program)
install(CODE [[
  file(GET_RUNTIME_DEPENDENCIES EXECUTABLES "$<TARGET_FILE:yoke>"
    RESOLVED_DEPENDENCIES_VAR found UNRESOLVED_DEPENDENCIES_VAR missing
    PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv|util)\\.so")
  if(missing)
    message(FATAL_ERROR "the program needs what is not here: ${missing}")
  endif()
  foreach(library ${found})
    get_filename_component(name "${library}" NAME)
    file(REAL_PATH "${library}" real)
    file(INSTALL DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/yoke" TYPE FILE RENAME "${name}"
      PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ FILES "${real}")
  endforeach()
]] COMPONENT program)

execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE yoke_architecture
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT yoke_architecture)
  set(yoke_architecture "${CMAKE_SYSTEM_PROCESSOR}")
endif()

set(CPACK_GENERATOR DEB TXZ)
set(CPACK_PACKAGE_NAME yoke)
set(CPACK_PACKAGE_VENDOR Yoke)
set(CPACK_PACKAGE_CONTACT "The authors of Yoke <yoke@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Runs agents: durable, sandboxed, on any vendor's model")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_FILE_NAME "yoke-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_DEBIAN_FILE_NAME "yoke_${PROJECT_VERSION}_${yoke_architecture}.deb")
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${yoke_architecture}")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.36), ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "poppler-utils, libsystemd0")  # for PDF files, and for a keyring
set(CPACK_THREADS 1)
set(CPACK_PROJECT_CONFIG_FILE "${PROJECT_SOURCE_DIR}/cmake/package-prefix.cmake")
include(CPack)
