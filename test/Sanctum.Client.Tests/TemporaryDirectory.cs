namespace Sanctum.Client.Tests;

/// <summary>A directory of the test's own, with a short name since a socket's path may have 107 bytes.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("sanctum-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public string Root => _path;

    public string Write(string name, string content)
    {
        File.WriteAllText(this[name], content);
        return this[name];
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
