-- Catalogues that nobody works by any more are deleted.
GRANT DELETE ON bundle TO yizhan_decide;
