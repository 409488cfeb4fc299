;; The demo job's module: a WASI preview 1 command, written by hand.
;;
;; It prints a friendly line, then what a run knows of itself (job, run, attempt, from its environment), and ends
;; with exit code 0. It asks for nothing else: no files, no clock, no network.
;;
;; Memory: 0..1023 constants and scratch, 1024.. the environment as the host hands it over.
(module
  ;; fd_write(file, vectors, number of vectors, where to put the number of bytes written) -> error number
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  ;; environ_sizes_get(where to put the number of variables, where to put their bytes) -> error number
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  ;; environ_get(where to put the pointers, where to put the bytes) -> error number
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))

  ;; The host writes strings into this memory, so it is exported under the name that WASI agreed on.
  (memory (export "memory") 1)

  (data (i32.const 0) "Hello from a WebAssembly module!\n")
  (data (i32.const 64) "  job:     ")
  (data (i32.const 80) "  run:     ")
  (data (i32.const 96) "  attempt: ")
  (data (i32.const 128) "SANDGLASS_JOB=")
  (data (i32.const 144) "SANDGLASS_RUN=")
  (data (i32.const 160) "SANDGLASS_ATTEMPT=")
  (data (i32.const 192) "\n")
  ;; 200: an i/o vector (address, length); 208: bytes written; 212: number of variables; 216: their bytes

  ;; How many variables there are; their pointers stand from 1024 on.
  (global $variables (mut i32) (i32.const 0))

  ;; Prints `length` bytes from `address` on standard output.
  (func $print (param $address i32) (param $length i32)
    (i32.store (i32.const 200) (local.get $address))
    (i32.store (i32.const 204) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 200) (i32.const 1) (i32.const 208))))

  ;; Returns the length of the string at `address`, which ends with a zero byte.
  (func $length (param $address i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $address))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $end) (local.get $address)))

  ;; Returns 1 when the string at `address` begins with the `length` bytes at `prefix`.
  (func $begins_with (param $address i32) (param $prefix i32) (param $length i32) (result i32)
    (local $at i32)
    (block $differs
      (loop $next
        (if (i32.eq (local.get $at) (local.get $length)) (then (return (i32.const 1))))
        (br_if $differs
          (i32.ne
            (i32.load8_u (i32.add (local.get $address) (local.get $at)))
            (i32.load8_u (i32.add (local.get $prefix) (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  ;; Reads the environment into memory, which grows first when it is too small.
  (func $read_environment
    (local $need i32)
    (drop (call $environ_sizes_get (i32.const 212) (i32.const 216)))
    (local.set $need
      (i32.add
        (i32.add (i32.const 1024) (i32.mul (i32.const 4) (i32.load (i32.const 212))))
        (i32.load (i32.const 216))))
    (if (i32.gt_u (local.get $need) (i32.const 65536))
      (then
        ;; One page is 64 KiB. Without the room there are no variables to print.
        (if (i32.eq (memory.grow (i32.shr_u (local.get $need) (i32.const 16))) (i32.const -1)) (then (return)))))
    (global.set $variables (i32.load (i32.const 212)))
    (drop
      (call $environ_get
        (i32.const 1024)
        (i32.add (i32.const 1024) (i32.mul (i32.const 4) (global.get $variables))))))

  ;; Prints the value of the variable that begins with `name` (`NAME=`), after a label of 11 bytes.
  (func $show (param $label i32) (param $name i32) (param $name_length i32)
    (local $i i32)
    (local $variable i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (global.get $variables)))
        (local.set $variable
          (i32.load (i32.add (i32.const 1024) (i32.mul (i32.const 4) (local.get $i)))))
        (if (call $begins_with (local.get $variable) (local.get $name) (local.get $name_length))
          (then
            (local.set $variable (i32.add (local.get $variable) (local.get $name_length)))
            (call $print (local.get $label) (i32.const 11))
            (call $print (local.get $variable) (call $length (local.get $variable)))
            (call $print (i32.const 192) (i32.const 1))
            (return)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))

  ;; Where a command begins. To return is to exit with code 0.
  (func (export "_start")
    (call $print (i32.const 0) (i32.const 33))
    (call $read_environment)
    (call $show (i32.const 64) (i32.const 128) (i32.const 14))
    (call $show (i32.const 80) (i32.const 144) (i32.const 14))
    (call $show (i32.const 96) (i32.const 160) (i32.const 18))))
