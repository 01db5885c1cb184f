#!/bin/bash
# The units of systemd are well-formed, name what the package has installed, and their commands
# mount.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/machine.sh"

archive one artifacts/a.txt 'some text'
emulator
printf '%s' "$key" >"$work/key"
on_machine "$package" "$work/key" <<EOF || fail "see above"
$there
dpkg -i --no-triggers /given/*.deb >/dev/null
export SYSTEMD_LOG_LEVEL=notice XDG_RUNTIME_DIR=/run
well_formed() { # UNIT [OPTION]
    systemd-analyze verify --man=no \${2:-} "\$1" >/tmp/said 2>&1 || fail "systemd-analyze: \$(cat /tmp/said)"
    # What it has to say of this unit is an error; other units of this machine are not the point.
    ! grep taskfs /tmp/said >&2
}
well_formed /usr/lib/systemd/system/taskfs@.service
well_formed /usr/lib/systemd/user/taskfs@.service --user

# A line of the unit, with what systemd would put into it.
line() { # UNIT KEY
    sed -n "s|^\$2=-\\{0,1\\}||p" "/usr/lib/systemd/\$1/taskfs@.service" | sed -e 's|%h|/home/alice|g' -e 's|%I|tasks|g'
}
key_of alice /home/alice
as_alice bash -c "\$(line user ExecStartPre)"
export OPTIONS=api_url=$api_url
as_alice bash -c "\$(line user ExecStart)"
expect "\$(as_alice cat /home/alice/tasks/one/outputs/a.txt)" "some text"
as_alice bash -c "\$(line user ExecStop)"
gone /home/alice/tasks

mkdir /srv/tasks
chown alice: /srv/tasks
export MOUNTPOINT=/srv/tasks OPTIONS=setuid=alice,api_url=$api_url
bash -c "\$(line system ExecStart)"
expect "\$(as_alice cat /srv/tasks/one/outputs/a.txt)" "some text"
# A crash; what it leaves is cleared by the next start.
kill -KILL "\$(pids)"
gone /srv 2>/dev/null
bash -c "\$(line system ExecStart)"
expect "\$(as_alice cat /srv/tasks/one/outputs/a.txt)" "some text"
bash -c "\$(line system ExecStop)"
gone /srv/tasks
# The key may be in the unit's file of settings.
export INDUCTIVA_API_KEY=$key OPTIONS=api_url=$api_url,allow_other
bash -c "\$(line system ExecStart)"
expect "\$(as_alice cat /srv/tasks/one/outputs/a.txt)" "some text"
bash -c "\$(line system ExecStop)"
gone /srv/tasks
EOF
