using System.Text.RegularExpressions;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Packages;

/// <summary>Debian's package, installed by dpkg, used and removed.</summary>
public sealed class DebTests
{
    // What dpkg, adduser and man write for themselves is left out.
    private const string Noted = """
        everything() { find / -xdev ! -path '/tmp*' ! -path '/pkg*' ! -path '/var/lib/dpkg*' ! -path '/var/log*' ! -path '/var/cache*' ! -path '/etc/*-' | sort; }
        has_the_same_users() { for file in passwd group shadow gshadow; do cmp /etc/$file /tmp/$file || fail "$file"; done; }
        is_as_before() { everything >/tmp/after; diff /tmp/before /tmp/after || fail 'something is left, or gone'; }
        for file in passwd group shadow gshadow; do cp /etc/$file /tmp/$file; done
        everything >/tmp/before

        """;

    [Fact]
    public async Task A_person_installs_it_and_runs_the_readmes_story()
    {
        var story = ReadmeStory.Script("sanctum daemon start || exit 1");
        await DebianCopy.RunAsync(DebianCopy.Installed + $$"""
            cat >/tmp/story <<'STORY'
            {{story}}
            STORY
            env -i HOME=/root PATH=/usr/bin:/bin sh /tmp/story || fail 'the story'
            SANCTUM_PASSPHRASE='correct horse battery staple' sanctum daemon stop || fail 'stopping'

            """);
    }

    [Theory]
    [InlineData("sanctum.service", "False")]
    [InlineData("sanctum-sealed.service", "True")]
    public async Task A_units_command_serves_the_vault_as_it_stands(string unit, string isSealed)
    {
        var sealedWord = isSealed.ToLowerInvariant();
        await DebianCopy.RunAsync(DebianCopy.Installed + $$"""
            as sanctum init --vault-path /var/lib/sanctum || fail 'init'
            install -d -m 755 -o sanctum -g sanctum /run/sanctum
            install -d -m 700 -o sanctum /tmp/credentials
            printf 'correct horse battery staple' >/tmp/credentials/sanctum-passphrase
            start=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/{{unit}})
            setpriv --reuid sanctum --regid sanctum --clear-groups env -i PATH=/usr/bin:/bin CREDENTIALS_DIRECTORY=/tmp/credentials $start >/tmp/daemon 2>&1 &
            daemon=$!
            for i in $(seq 600); do grep -q 'serving agents on' /tmp/daemon && break; kill -0 $daemon 2>/dev/null || break; sleep 0.1; done
            as sanctum daemon status --json --vault-path /var/lib/sanctum >/tmp/status || { cat /tmp/daemon; fail 'no daemon'; }
            grep -q '"sealed": {{sealedWord}}' /tmp/status || { cat /tmp/status; fail 'sealed or not'; }
            test -S /run/sanctum/vault.sock || fail 'no socket'
            kill -HUP $daemon
            for i in $(seq 600); do grep -q 'config.json reloaded' /tmp/daemon && break; sleep 0.1; done
            grep -q 'config.json reloaded' /tmp/daemon || { cat /tmp/daemon; fail 'no reload'; }
            kill $daemon
            wait $daemon || fail 'it did not stop as it should'

            """);
    }

    [Fact]
    public async Task The_backup_units_command_writes_a_backup_as_it_stands()
    {
        await DebianCopy.RunAsync(DebianCopy.Installed + """
            as sanctum init --vault-path /var/lib/sanctum || fail 'init'
            install -d -m 700 -o sanctum -g sanctum /var/lib/sanctum-backups
            for key in ExecStart ExecStartPost; do
                # As systemd reads it: '%%' and '$$' stand for one of them.
                sed -n "s/^$key=//p" /usr/lib/systemd/system/sanctum-backup.service | sed 's/%%/%/g; s/\$\$/$/g' >/tmp/$key
                as sh /tmp/$key || fail $key
            done
            as sh -c 'sanctum restore /var/lib/sanctum-backups/sanctum-*.backup --vault-path /var/lib/sanctum/restored' || fail 'restore'

            """);
    }

    [Fact]
    public async Task Removing_and_purging_leave_nothing_of_it_but_the_vault()
    {
        await DebianCopy.RunAsync(Noted + DebianCopy.Installed + """
            as sanctum init --vault-path /var/lib/sanctum || fail 'init'
            echo 'A=b' >>/etc/sanctum/environment
            dpkg --remove sanctum >/tmp/log 2>&1 || { cat /tmp/log; fail 'remove'; }
            test ! -e /usr/bin/sanctum || fail 'the executable is there'
            test -e /etc/sanctum/environment || fail 'a file of the operator is gone'
            test -e /var/lib/sanctum/vault.sealed || fail 'the vault is gone'
            dpkg --purge sanctum >/tmp/log 2>&1 || { cat /tmp/log; fail 'purge'; }
            grep -q 'kept /var/lib/sanctum' /tmp/log || { cat /tmp/log; fail 'it does not say what it kept'; }
            test -e /var/lib/sanctum/vault.sealed || fail 'the vault is gone'
            test ! -e /etc/sanctum || fail 'the configuration is there'
            rm -r /var/lib/sanctum
            is_as_before

            """);
    }

    [Fact]
    public async Task Purging_without_a_vault_or_when_told_so_leaves_nothing_at_all()
    {
        await DebianCopy.RunAsync(Noted + DebianCopy.Installed + """
            dpkg --purge sanctum >/tmp/log 2>&1 || { cat /tmp/log; fail 'purge'; }
            has_the_same_users
            is_as_before

            """ + DebianCopy.Installed + """
            as sanctum init --vault-path /var/lib/sanctum || fail 'init'
            SANCTUM_PURGE_VAULT=yes dpkg --purge sanctum >/tmp/log 2>&1 || { cat /tmp/log; fail 'purge'; }
            has_the_same_users
            is_as_before

            """);
    }

    [Fact]
    public async Task Installing_it_again_keeps_the_vault_and_what_the_operator_changed()
    {
        await DebianCopy.RunAsync(DebianCopy.Installed + """
            as sanctum init --vault-path /var/lib/sanctum || fail 'init'
            echo 'A=b' >>/etc/sanctum/environment
            dpkg -i /pkg/sanctum.deb >/tmp/log 2>&1 || { cat /tmp/log; fail 'again'; }
            tail -1 /etc/sanctum/environment | grep -Fqx 'A=b' || fail 'the operator had changed this'
            as sanctum daemon start --vault-path /var/lib/sanctum || fail 'the vault does not open'
            as sanctum daemon stop --vault-path /var/lib/sanctum || fail 'stopping'

            """);
    }

    [Fact]
    public async Task It_says_what_it_needs_and_has_what_it_should()
    {
        var (exit, said) = await HostTools.RunAsync("dpkg-deb", "--info", Packages.One("*.deb"));
        Assert.True(exit == 0, said);
        Assert.Matches(new Regex("Depends: libc6 \\(>= 2\\.[0-9]+\\), "), said);
        Assert.Contains("Suggests: bubblewrap\n", said, StringComparison.Ordinal); // For 'sanctum run --isolate'.
        var (_, files) = await HostTools.RunAsync("dpkg-deb", "--contents", Packages.One("*.deb"));
        Assert.Matches(new Regex("-rwxr-xr-x root/root +[0-9]+ .* \\./usr/bin/sanctum\n"), files);
        string[] expected =
        [
            "usr/lib/systemd/system/sanctum.service", "usr/lib/systemd/system/sanctum-backup.timer", "usr/share/systemd/user/sanctum.service", "usr/lib/sysusers.d/sanctum.conf",
            "usr/share/man/man1/sanctum-daemon-start.1.gz", "usr/share/bash-completion/completions/sanctum", "usr/share/zsh/vendor-completions/_sanctum",
            "usr/share/fish/vendor_completions.d/sanctum.fish", "etc/sanctum/environment", "usr/share/doc/sanctum/copyright",
        ];
        Assert.All(expected, file => Assert.Contains($"./{file}\n", files, StringComparison.Ordinal));
    }
}
