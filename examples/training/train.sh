#!/bin/sh
# Makes everything in examples/ that is computed, from Debian packages alone:
#   sh examples/training/train.sh          all four runs, one after the other (about half an hour)
# Needs Debian (or a container of it) with the right to install packages.
set -eu
cd "$(dirname "$0")"
python=/usr/bin/python3

if ! $python -c 'import torch, onnx, yaml, scipy' 2>/dev/null; then
  apt-get update
  apt-get install -y --no-install-recommends python3-torch python3-onnx python3-yaml python3-scipy
fi
if [ ! -d .build/packages ]; then # the corpora are only unpacked: R itself is not needed
  mkdir -p .build/download
  (cd .build/download && apt-get download wordnet-base r-cran-janeaustenr)
  for package in .build/download/*.deb; do dpkg -x "$package" .build/packages; done
fi

# One thread is fastest for matrices this small; large allocations are kept, not returned.
export OMP_NUM_THREADS=1 PYTHONUNBUFFERED=1 PYTHONHASHSEED=0
export MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=4000000000 MALLOC_TOP_PAD_=200000000

$python corpus.py
$python bpe.py
$python check_probes.py
for run in s1 s2 s3 s4; do $python train.py $run; done
$python export.py
$python reference.py
$python measure.py
