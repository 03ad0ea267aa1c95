namespace Sanctum.Daemon.Tests;

/// <summary>A folder that goes when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-daemon-");

    public string Path => _folder.FullName;

    public void Write(string name, string text)
    {
        File.WriteAllText(System.IO.Path.Join(Path, name), text);
        File.SetUnixFileMode(System.IO.Path.Join(Path, name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
