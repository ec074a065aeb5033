package io.hibernateshards.internal.merge;

/** Text in the order of its code points, which is that of its UTF-8 bytes; Java's own is that of UTF-16 units. */
public record CodePoints(String text) implements Comparable<CodePoints> {
    @Override
    public int compareTo(CodePoints other) {
        int end = Math.min(text.length(), other.text.length());
        for (int i = 0; i < end; i++) {
            char a = text.charAt(i);
            char b = other.text.charAt(i);
            if (a != b) {
                boolean above = Character.isSurrogate(a);
                if (above != Character.isSurrogate(b)) {
                    return above ? 1 : -1; // a surrogate belongs to a code point above all those of one unit
                }
                return a - b;
            }
        }
        return text.length() - other.text.length();
    }
}
