#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test-systemd.py UNIT BITKETD SYSUSERS TMPFILES

The unit of bitketd as systemd itself judges it: it is understood whole, and it is shut up well. So
are the files that make its user and its directories. That the judges do find faults is tried, too.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# In tenths, 100 is a service without any fence. What is left is the network, which it is for.
MOST_EXPOSURE = 15
ENVIRONMENT = dict(os.environ, SYSTEMD_PAGER='', SYSTEMD_COLORS='0')
n_cases = 0


def say(is_good, what, output=''):
    """One case in TAP."""
    global n_cases
    n_cases += 1
    print(f'{"ok" if is_good else "not ok"} {n_cases} {what}', flush=True)
    if not is_good:
        print('\n'.join('# ' + line for line in output.splitlines()), flush=True)


def run(*words):
    """Exit status, and everything that was said."""
    done = subprocess.run(words, env=ENVIRONMENT, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def verify(unit):
    """What is wrong with a unit. The machine's other units, which are read as well, do not count."""
    status, output = run('systemd-analyze', 'verify', '--man=no', str(unit))
    said = [line for line in output.splitlines() if unit.name in line]
    return status == 0 and not said, output


def secure(unit):
    """Whether a unit is shut up well."""
    status, output = run('systemd-analyze', 'security', '--offline=true', '--no-pager',
                         f'--threshold={MOST_EXPOSURE}', str(unit))
    return status == 0 and 'exposure level' in output, output


def check_unit(scratch, text, bitketd):
    """The unit, with the program at the place where it was built."""
    command = re.search(r'^ExecStart=(\S+/bitketd) serve --config (\S+)$', text, re.MULTILINE)
    say(command is not None, 'starts bitketd', text)
    unit = scratch / 'bitketd.service'
    text = text.replace(command.group(1), os.path.abspath(bitketd))
    unit.write_text(text, 'utf-8')
    say(*with_name('is understood', verify(unit)))
    say(*with_name('is shut up', secure(unit)))

    unit.write_text(text.replace('ProtectSystem=', 'ProtectSytem='), 'utf-8')
    is_good, output = verify(unit)
    say(not is_good, 'a key with a slip of the pen is found', output)
    unit.write_text(text.replace('CapabilityBoundingSet=\n', '')
                    .replace('SystemCallFilter=', '#SystemCallFilter='), 'utf-8')
    is_good, output = secure(unit)
    say(not is_good, 'a missing fence is found', output)


def with_name(name, result):
    """The arguments of say()."""
    return result[0], name, result[1]


def check_sysusers(scratch, source):
    """The user is made in an empty system."""
    root = scratch / 'sysusers'
    (root / 'etc').mkdir(parents=True)
    place = root / 'usr' / 'lib' / 'sysusers.d'
    place.mkdir(parents=True)
    shutil.copy(source, place / 'bitket.conf')
    status, output = run('systemd-sysusers', f'--root={root}')
    passwd = root / 'etc' / 'passwd'
    lines = passwd.read_text('utf-8') if passwd.exists() else ''
    say(status == 0 and ':/var/lib/bitket:' in lines and lines.startswith('bitket:'),
        'makes the user', output + lines)


def check_tmpfiles(scratch, source):
    """The directories are made in an empty system. Only root gives files to root."""
    root = scratch / 'tmpfiles'
    root.mkdir()
    own = pathlib.Path(scratch / 'own.conf')
    text = pathlib.Path(source).read_text('utf-8')
    say(' root root ' in text, 'gives the directories to root', text)
    own.write_text(text.replace(' root root ', f' {os.getuid()} {os.getgid()} '), 'utf-8')
    status, output = run('systemd-tmpfiles', '--create', f'--root={root}', str(own))
    secrets = root / 'etc' / 'bitket' / 'secrets'
    say(status == 0 and secrets.is_dir() and secrets.stat().st_mode & 0o7777 == 0o700,
        'makes the directories', output)


def main():
    unit, bitketd, sysusers, tmpfiles = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_unit(scratch, pathlib.Path(unit).read_text('utf-8'), bitketd)
        check_sysusers(scratch, sysusers)
        check_tmpfiles(scratch, tmpfiles)
    print(f'1..{n_cases}')


if __name__ == '__main__':
    main()
