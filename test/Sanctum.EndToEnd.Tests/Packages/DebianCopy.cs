using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Packages;

/// <summary>
/// A copy of this system that lives in memory, to install Debian's package into: what is written there is gone afterwards, and nothing of the
/// repository or of .NET can be reached from it.
/// </summary>
internal static class DebianCopy
{
    /// <summary>The beginning of scripts that want the package to be installed. Afterwards, <c>as</c> runs a command as the daemon's user.</summary>
    public const string Installed = """
        dpkg -i /pkg/sanctum.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
        test "$(command -v sanctum)" = /usr/bin/sanctum || fail 'it is not in the path'
        test "$(stat -c '%a %U' /var/lib/sanctum)" = '700 sanctum' || fail 'its folder is not its own'
        as() { setpriv --reuid sanctum --regid sanctum --clear-groups env SANCTUM_PASSPHRASE='correct horse battery staple' HOME=/var/lib/sanctum "$@"; }

        """;

    /// <summary>Runs a script of sh's in the copy, as root there. It fails with a word that says where: <c>fail 'what'</c>.</summary>
    public static async Task RunAsync(string script)
    {
        var deb = Packages.One("*.deb");
        HostTools.RequireRoot("a package is installed into a copy of this system");
        await using var home = new SanctumHome();
        await File.WriteAllTextAsync(Path.Join(home.Directory, "inside"), "set -u\nfail() { echo \"FAILED: $1\"; exit 1; }\n" + script + "echo DONE\n");

        // The root of its own mount namespace, and not only of the process: bubblewrap makes no namespaces inside a chroot.
        await File.WriteAllTextAsync(Path.Join(home.Directory, "outside"), """
            set -eu
            mount -t tmpfs none "$1/copy"
            cd "$1/copy"
            mkdir upper work root
            mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root || { echo NO-OVERLAY; exit 1; }
            for hidden in tmp work root home usr/share/dotnet usr/lib/dotnet; do
                if [ -d "root/$hidden" ]; then mount -t tmpfs none "root/$hidden"; fi
            done
            mount -t proc proc root/proc
            mount --rbind /dev root/dev
            mkdir root/pkg root/before
            chmod 1777 root/tmp
            cp "$2" root/pkg/sanctum.deb
            cp "$1/inside" root/pkg/inside
            cd root
            pivot_root . before
            cd /
            umount --lazy /before
            rmdir /before
            exec /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive sh /pkg/inside
            """);
        Directory.CreateDirectory(Path.Join(home.Directory, "copy"));
        var (exit, said) = await HostTools.RunAsync("unshare", "--mount", "--pid", "--fork", "sh", Path.Join(home.Directory, "outside"), home.Directory, deb);
        Assert.SkipWhen(said.Contains("NO-OVERLAY", StringComparison.Ordinal) || said.StartsWith("unshare:", StringComparison.Ordinal), "this system can't be copied here: " + said);
        Assert.True(exit == 0 && said.Contains("DONE\n", StringComparison.Ordinal), said);
    }
}
