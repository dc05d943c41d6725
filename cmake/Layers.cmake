# The architecture as the build sees it (docs/architecture.md).
#
# holdfast_layer(FOLDER SOURCES ... [USES FOLDER ...] [LINKS TARGET ...]) makes the static library of
# one folder. It sees its own headers and those of the folders it USES, as "folder/header.hpp", and
# no others: each folder's headers are published through an include path of its own. USES may name
# only folders of a lower rank, so an arrow that points up or sideways fails at configure time.
set(HOLDFAST_RANK_core 0)
set(HOLDFAST_RANK_config 1)
set(HOLDFAST_RANK_certs 1)
set(HOLDFAST_RANK_bridge 2)
set(HOLDFAST_RANK_plugin 2)
set(HOLDFAST_RANK_edge_mqtt 2)
set(HOLDFAST_RANK_edge_spool 2)
set(HOLDFAST_RANK_edge_uplink 2)
set(HOLDFAST_RANK_edge_ports 2)
set(HOLDFAST_RANK_edge_sensors 3)
set(HOLDFAST_RANK_edge_control 3)
set(HOLDFAST_RANK_edge_history 3)
set(HOLDFAST_RANK_edge 4)
set(HOLDFAST_RANK_cli 5)

function(holdfast_layer FOLDER)
  cmake_parse_arguments(LAYER "" "" "SOURCES;USES;LINKS" ${ARGN})
  string(REPLACE "/" "_" NAME ${FOLDER})
  set(RANK "${HOLDFAST_RANK_${NAME}}")
  if(RANK STREQUAL "")
    message(FATAL_ERROR "${FOLDER} has no rank in cmake/Layers.cmake")
  endif()

  set(VIEW ${PROJECT_BINARY_DIR}/layers/${NAME})
  cmake_path(GET FOLDER PARENT_PATH PARENT)
  file(MAKE_DIRECTORY ${VIEW}/${PARENT})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${FOLDER} ${VIEW}/${FOLDER} SYMBOLIC)

  add_library(holdfast_${NAME} STATIC ${LAYER_SOURCES})
  target_include_directories(holdfast_${NAME} PUBLIC ${VIEW})
  target_link_libraries(holdfast_${NAME} PUBLIC holdfast_compiler ${LAYER_LINKS})
  foreach(USED IN LISTS LAYER_USES)
    string(REPLACE "/" "_" USED_NAME ${USED})
    if(NOT HOLDFAST_RANK_${USED_NAME} LESS RANK)
      message(FATAL_ERROR "${FOLDER} may not use ${USED}: arrows only point down (cmake/Layers.cmake)")
    endif()
    target_link_libraries(holdfast_${NAME} PUBLIC holdfast_${USED_NAME})
  endforeach()
endfunction()
