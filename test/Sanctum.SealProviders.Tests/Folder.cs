namespace Sanctum.SealProviders.Tests;

/// <summary>A folder that goes when the test ends, with a vault's folder in it.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-seals-");

    public Folder() => Directory.CreateDirectory(Vault);

    public string Path => _folder.FullName;

    public string Vault => System.IO.Path.Join(Path, "vault");

    /// <summary>Writes a file of this user's.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) => Write(name, System.Text.Encoding.UTF8.GetBytes(text), mode);

    /// <inheritdoc cref="Write(string, string, UnixFileMode)"/>
    public string Write(string name, byte[] content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var path = System.IO.Path.Join(Path, name);
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
