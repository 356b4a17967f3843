# `find_package(Unloop)` after `cmake --install`: targets, configuration and version.

include(CMakePackageConfigHelpers)
set(UNLOOP_INSTALL_CONFIG "${CMAKE_INSTALL_LIBDIR}/cmake/Unloop")

configure_package_config_file(
    "${CMAKE_CURRENT_LIST_DIR}/UnloopConfig.cmake.in" "${CMAKE_CURRENT_BINARY_DIR}/UnloopConfig.cmake"
    INSTALL_DESTINATION "${UNLOOP_INSTALL_CONFIG}")
# Before 1.0 a new minor version may change what is there.
write_basic_package_version_file(
    "${CMAKE_CURRENT_BINARY_DIR}/UnloopConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(EXPORT UnloopTargets NAMESPACE Unloop:: DESTINATION "${UNLOOP_INSTALL_CONFIG}")
install(
    FILES "${CMAKE_CURRENT_BINARY_DIR}/UnloopConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/UnloopConfigVersion.cmake"
    DESTINATION "${UNLOOP_INSTALL_CONFIG}")
