using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;

namespace Sanctum.Cli.Demo;

/// <summary>A folder for a vault that is gone, with all that is in it, when this is disposed.</summary>
internal sealed class ThrowAwayVault : IDisposable
{
    private readonly bool _wasThere;

    private ThrowAwayVault(VaultDirectory vault, bool wasThere) => (Vault, _wasThere) = (vault, wasThere);

    public VaultDirectory Vault { get; }

    /// <summary>A new folder, 0700 from its first moment.</summary>
    public static ThrowAwayVault InTemporaryFolder(string what) =>
        new(VaultDirectory.At(Directory.CreateTempSubdirectory($"sanctum-{what}-").FullName), wasThere: false);

    /// <summary>A folder that was named: it has to be empty or not there, since what is in it will be removed.</summary>
    public static ThrowAwayVault In(VaultDirectory vault)
    {
        var isThere = Directory.Exists(vault.Path);
        return isThere && Directory.EnumerateFileSystemEntries(vault.Path).Any()
            ? throw CliErrors.NotEmpty(vault.Path)
            : new ThrowAwayVault(vault, isThere);
    }

    public void Dispose()
    {
        var folder = new DirectoryInfo(Vault.Path);
        if (!folder.Exists)
        {
            return;
        }

        if (!_wasThere)
        {
            folder.Delete(recursive: true);
            return;
        }

        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory)
            {
                directory.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }
}
