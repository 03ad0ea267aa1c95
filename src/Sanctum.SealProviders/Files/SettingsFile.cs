using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Sealing;

namespace Sanctum.SealProviders.Files;

/// <summary>
/// A file that says where a service is and whom it trusts. It lies outside the vault's folder, whose files are authenticated only once the
/// root key is known. Whoever can write them must not choose where a token is sent.
/// </summary>
internal static partial class SettingsFile
{
    private const int Longest = 64 * 1024;

    /// <exception cref="SealProviderException">It can't be used.</exception>
    public static T Read<T>(string path, string vaultDirectory, JsonTypeInfo<T> type)
    {
        if (!Path.IsPathRooted(path))
        {
            throw new SealProviderException("its settings are not the absolute path of a file", "name the settings file: --settings FILE");
        }

        var real = RealPath(path) ?? throw new SealProviderException("its settings file does not exist", $"create {path}");
        if (real.StartsWith((RealPath(vaultDirectory) ?? Path.GetFullPath(vaultDirectory)).TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            throw new SealProviderException("its settings file lies in the vault's folder", "move it elsewhere, such as to /etc/sanctum: the vault's files must not say where a token is sent");
        }

        try
        {
            return JsonSerializer.Deserialize(ProviderFile.Read(real, "its settings file", Longest), type)
                ?? throw new SealProviderException("its settings file must be a JSON object");
        }
        catch (JsonException malformed)
        {
            throw new SealProviderException(
                $"its settings file is not valid{(malformed.Path is { Length: > 2 } place ? $" at '{place[2..]}'" : $" (line {malformed.LineNumber.GetValueOrDefault() + 1})")}",
                "see 'sanctum docs sealing' for its members",
                malformed);
        }
    }

    // With all links followed, as opening it would.
    private static string? RealPath(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return Path.Exists(path) ? Path.GetFullPath(path) : null;
        }

        var resolved = Resolve(path, 0);
        try
        {
            return Marshal.PtrToStringUTF8(resolved);
        }
        finally
        {
            Free(resolved);
        }
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Resolve(string path, nint buffer);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
