using Sanctum.Destinations;
using Sanctum.Text;

namespace Sanctum.Door;

/// <summary>
/// What a lease's requests are limited to: <c>method:GET</c>, <c>path:/v1/*</c>. Where there are scopes of a kind, one of them has to permit the request.
/// </summary>
internal static class LeaseScopes
{
    public const int Most = 16;

    private const string Method = "method:";
    private const string Path = "path:";

    public static bool IsValid(string scope) =>
        scope.StartsWith(Method, StringComparison.Ordinal) ? HttpMethodName.IsValid(scope[Method.Length..])
        : scope.StartsWith(Path, StringComparison.Ordinal) && PathPattern.IsValid(scope[Path.Length..]);

    public static bool LimitPaths(IEnumerable<string> scopes) => Of(scopes, Path).Length > 0;

    public static bool LimitMethods(IEnumerable<string> scopes) => Of(scopes, Method).Length > 0;

    public static bool Permit(IReadOnlyList<string> scopes, RequestTarget target) =>
        Of(scopes, Method) is var methods && (methods.Length == 0 || methods.Contains(target.Method, StringComparer.Ordinal))
        && Of(scopes, Path) is var paths && (paths.Length == 0 || PathPattern.Permit([.. paths.Select(path => new Glob(path))], target.Url));

    private static string[] Of(IEnumerable<string> scopes, string kind) =>
        [.. scopes.Where(scope => scope.StartsWith(kind, StringComparison.Ordinal)).Select(scope => scope[kind.Length..])];
}
